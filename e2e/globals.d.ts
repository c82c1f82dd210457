/** In page.evaluate the scripting contract is at hand by its name. */
declare const normless: import('../src/engine/api.ts').Normless;
