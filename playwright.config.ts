/** Journeys in real Chromium against the production build; `npm run test:e2e` builds it first. */

import { defineConfig } from '@playwright/test';
import { browserLaunch } from './tools/chromium.ts';

const baseURL = 'http://localhost:4173';

/** A worker's script that a test has changed counts as from the Internet, and may not ask a server on this machine. */
const launch = browserLaunch();
const launchOptions = { ...launch, args: [...launch.args, '--disable-features=LocalNetworkAccessChecks'] };

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1, // one adapter
  timeout: 120_000,
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  use: { baseURL, launchOptions, trace: 'retain-on-failure' },
  webServer: { command: 'npx vite preview', url: baseURL, reuseExistingServer: false },
});
