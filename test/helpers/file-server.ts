import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';

/** A server of one file, and what a test does to it. */
export interface FileServer {
  readonly url: string;
  /** The `range` headers of the requests. */
  readonly ranges: (string | undefined)[];
  /** `cut`: the connection breaks at half of what is left, once, and the server is down then; `damaged`: a byte is wrong. */
  fault: 'none' | 'cut' | 'down' | 'damaged' | 'missing';
  /** How much of the file has been written down: a connection breaks when all that was sent has. */
  taken: () => number;
}

/** Serves `content` at `/archive.tar.gz` until the test has ended. */
export async function serveFile(content: Buffer): Promise<FileServer> {
  const listener = createServer((request, response) => {
    server.ranges.push(request.headers.range);
    if (server.fault === 'down') return void request.socket.destroy();
    if (server.fault === 'missing') return void response.writeHead(404, 'Not Found').end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = Buffer.from(content.subarray(start));
    response.writeHead(start > 0 ? 206 : 200, {'content-length': rest.length});
    if (server.fault === 'damaged') rest[rest.length >> 1]! ^= 1;
    if (server.fault !== 'cut') return void response.end(rest);
    server.fault = 'down';
    const half = rest.length >> 1;
    response.write(rest.subarray(0, half));
    const breaking = setInterval(() => {
      if (server.taken() < start + half && !request.socket.destroyed) return;
      clearInterval(breaking);
      request.socket.destroy();
    }, 20);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const {port} = listener.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/archive.tar.gz`;
  const server: FileServer = {url, ranges: [], fault: 'none', taken: () => content.length};
  return server;
}
