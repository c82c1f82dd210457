/** Constants that the build fills in (vite.config.ts). */

/** The version in package.json. */
declare const __APP_VERSION__: string;
