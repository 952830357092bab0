import type {LivePage} from '../report/index.js';

/** Prints a page's address, and serves it until the process is asked to stop. */
export async function untilStopped(page: LivePage): Promise<void> {
  process.stdout.write(`${page.url}\n`);
  process.stderr.write('the page follows what changes; Ctrl-C ends it\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await page.close();
}
