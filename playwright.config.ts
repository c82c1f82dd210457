/** Journeys in real Chromium against the production build; `npm run test:e2e` builds it first. */

import { defineConfig } from '@playwright/test';
import { browserLaunch } from './tools/chromium.ts';

const baseURL = 'http://localhost:4173';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 2, // a core each on the smallest machine that runs them
  timeout: 240_000,
  expect: { timeout: 30_000 }, // a machine may be several times slower than ours, and the engine computes in software
  // What passes only the second time is printed as flaky, and is a race to be found; by hand every failure counts.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  // Every commit runs the first; the second is `npm run test:long`.
  projects: [
    { name: 'journeys', grepInvert: /@long/ },
    { name: 'long', grep: /@long/ },
  ],
  reporter: 'list',
  use: {
    baseURL,
    launchOptions: browserLaunch(),
    trace: process.env.CI ? 'off' : 'retain-on-failure',
    serviceWorkers: 'block', // journeys answer requests in the network's place; e2e/offline.spec.ts allows them
  },
  webServer: { command: 'npx vite preview', url: baseURL, reuseExistingServer: false },
});
