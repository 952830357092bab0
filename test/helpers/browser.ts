import {existsSync} from 'node:fs';
import {type Browser, chromium, type Page} from 'playwright-core';
import {afterAll, beforeAll} from 'vitest';

/** Where Chromium is installed; undefined: nowhere, and what needs it is skipped. */
export const chromiumPath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));

/** A page, with its errors and its requests. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, and errors that nothing caught. */
  readonly errors: string[];
  /** Addresses other than the page's own that it asked for. */
  readonly requests: string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** One browser for a file of tests. To be called at the top of the file. @returns what opens an address */
export function oneBrowser(): (url: string, options?: PageOptions) => Promise<WatchedPage> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (chromiumPath) browser = await chromium.launch({executablePath: chromiumPath, args: ['--no-sandbox']});
  });
  afterAll(() => browser?.close());
  return async (url, {width = 1440, colorScheme = 'light'} = {}) => {
    const page = await browser!.newPage({viewport: {width, height: 900}, colorScheme, acceptDownloads: true});
    const [errors, requests]: [string[], string[]] = [[], []];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) requests.push(request.url());
    });
    await page.goto(url);
    return {page, errors, requests};
  };
}
