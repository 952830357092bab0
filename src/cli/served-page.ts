import {type LiveSource, serveLive} from '../report/index.js';

/**
 * Serves a page, whose address it prints, until the process is asked to stop.
 * @throws UserError if the port can't be had
 */
export async function serveUntilStopped(source: LiveSource, port: number | undefined): Promise<void> {
  const page = await serveLive(source, {port});
  process.stdout.write(`${page.url}\n`);
  process.stderr.write('the page follows what changes; Ctrl-C ends it\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await page.close();
}
