import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A package index on this machine that holds one wheel, and what a test does to it. */
export interface PackageIndex {
  /** The address to give as PIP_INDEX_URL. */
  readonly url: string;
  /** What was asked for: paths, and of the wheel the range as well. */
  readonly requests: {readonly path: string; readonly range: string | undefined}[];
  /** How the next requests are answered; a test changes it. */
  fault: Fault;
  /** How much of the wheel has been written down: a connection breaks when all that was sent has. */
  taken: () => number;
  close(): Promise<void>;
}

/**
 * `cut`: the wheel stops at half of what is left, after which the index is down; `hiccup`: after which all is well; `slow`: the wheel stops at half and hangs;
 * `damaged`: one byte is wrong; `unsummed`: the page states no checksum; `down`: no answer at all.
 */
export type Fault = 'none' | 'cut' | 'hiccup' | 'slow' | 'damaged' | 'unsummed' | 'down';

/** Serves `/simple/<project>/` and the wheel. @param form - of the project's page */
export async function startIndex(
  filename: string,
  wheel: Buffer,
  form: 'json' | 'html' = 'json',
): Promise<PackageIndex> {
  const requests: PackageIndex['requests'] = [];
  const sha256 = createHash('sha256').update(wheel).digest('hex');
  const page = (): {type: string; body: string} => {
    if (form === 'html') {
      const sum = index.fault === 'unsummed' ? '' : `#sha256=${sha256}`;
      return {type: 'text/html', body: `<!DOCTYPE html><a href="../../files/${filename}${sum}">${filename}</a>`};
    }
    const hashes = index.fault === 'unsummed' ? {} : {sha256};
    const files = [{filename, url: `../../files/${filename}`, hashes, size: wheel.length}];
    return {type: 'application/vnd.pypi.simple.v1+json', body: JSON.stringify({files})};
  };
  const server = createServer((request, response) => {
    requests.push({path: request.url!, range: request.headers.range});
    if (index.fault === 'down') request.socket.destroy();
    else if (request.url!.startsWith('/files/')) sendWheel(index, wheel, request, response);
    else response.setHeader('content-type', page().type).end(page().body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const index: PackageIndex = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    requests,
    fault: 'none',
    taken: () => wheel.length,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return index;
}

function sendWheel(index: PackageIndex, wheel: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = Buffer.from(wheel.subarray(start));
  if (rest.length === 0) {
    response.writeHead(416).end();
    return;
  }
  response.writeHead(start > 0 ? 206 : 200, {'content-length': rest.length});
  const half = rest.subarray(0, Math.ceil(rest.length / 2));
  if (index.fault === 'cut' || index.fault === 'hiccup') {
    index.fault = index.fault === 'cut' ? 'down' : 'none';
    response.write(half);
    const breaking = setInterval(() => {
      if (index.taken() < start + half.length && !request.socket.destroyed) return;
      clearInterval(breaking);
      request.socket.destroy();
    }, 20);
  } else if (index.fault === 'slow') response.write(half);
  else {
    if (index.fault === 'damaged') rest[rest.length >> 1]! ^= 1;
    response.end(rest);
  }
}
