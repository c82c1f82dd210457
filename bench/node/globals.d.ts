/** Constants that the bundle of the suite in Node fills in (build.ts). */

/** The version of npm's webgpu. */
declare const __DAWN_VERSION__: string;
