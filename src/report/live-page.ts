import {randomBytes, timingSafeEqual} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {UserError} from '../support/index.js';
import {reportHtml} from './html.js';
import type {PageData} from './report-data.js';

/** What a live page shows. */
export interface LiveSource {
  /** Changes when the data does; called twice a second while a page is open. */
  revision(): string;
  /** The data of the latest revision. */
  read(): PageData | Promise<PageData>;
}

/** A page that is being served. */
export interface LivePage {
  /** Its address, which contains a secret: without it the page can't be read. */
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds between two looks at the source. */
const PERIOD = 500;
/** Looks after which an idle connection gets a sign of life. */
const IDLE_LOOKS = 30;
const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** How a page is served. */
export interface LiveOptions {
  /** 0, the default: a free one. */
  readonly port?: number | undefined;
}

/**
 * Serves a page on 127.0.0.1, and keeps it up to date by server-sent events. Only an address with the secret, asked
 * for under the machine's own name, is answered: neither other users of the machine nor other sites in a browser can read it.
 */
export async function serveLive(source: LiveSource, {port: asked = 0}: LiveOptions = {}): Promise<LivePage> {
  const token = randomBytes(24).toString('base64url');
  const stream = eventStream(source);
  const server = createServer((request, response) => {
    answer({request, response, token, source, stream}).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, HEADERS);
      response.end(error.message);
    });
  });
  const port = await listening(server, asked);
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    async close() {
      stream.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REFUSALS[error.code ?? ''];
      const advice = 'choose another one, or 0 for a free one';
      reject(reason ? new UserError(`--port: ${port} ${reason}; ${advice}`, {cause: error}) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Why a port can't be had. */
const REFUSALS: {readonly [code: string]: string} = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be used without more rights',
};

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly token: string;
  readonly source: LiveSource;
  readonly stream: EventStream;
}

async function answer({request, response, token, source, stream}: Exchange): Promise<void> {
  const [, given = '', page] = (request.url ?? '').split('/');
  const refuse = (status: number) => response.writeHead(status, HEADERS).end();
  if (!isOwnHost(request)) return void refuse(421);
  if (!isSame(given, token)) return void refuse(404);
  if (request.method !== 'GET') return void refuse(405);
  if (page === 'events') return stream.add(response);
  if (page !== '') return void refuse(404);
  const html = reportHtml(await source.read(), {isLive: true});
  response.writeHead(200, {...HEADERS, 'Content-Type': 'text/html; charset=utf-8'}).end(html);
}

/** Whether the machine itself is asked for: a name of another site may lead here, too. */
function isOwnHost({headers: {host}, socket: {localPort}}: IncomingMessage): boolean {
  return host === `127.0.0.1:${localPort}` || host === `localhost:${localPort}`;
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

interface EventStream {
  add(response: ServerResponse): void;
  close(): void;
}

/** Sends the data to all open pages whenever its revision changes. */
function eventStream(source: LiveSource): EventStream {
  const open = new Map<ServerResponse, string>();
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  async function look(): Promise<void> {
    looks++;
    const revision = source.revision();
    const behind = [...open].filter(([, sent]) => sent !== revision);
    if (behind.length > 0) {
      const text = `event: data\ndata: ${JSON.stringify(await source.read())}\n\n`;
      for (const [response] of behind) {
        response.write(text);
        open.set(response, revision);
      }
    } else if (looks % IDLE_LOOKS === 0) for (const response of open.keys()) response.write(': \n\n');
  }
  function next(): void {
    timer = setTimeout(() => {
      look()
        .catch((error: Error) => {
          for (const response of open.keys())
            response.write(`event: problem\ndata: ${JSON.stringify(error.message)}\n\n`);
        })
        .finally(() => open.size > 0 && next());
    }, PERIOD);
  }
  return {
    add(response) {
      response.writeHead(200, {...HEADERS, 'Content-Type': 'text/event-stream'}).flushHeaders();
      response.on('close', () => open.delete(response));
      open.set(response, '');
      if (open.size === 1) next();
    },
    close() {
      clearTimeout(timer);
      for (const response of open.keys()) response.end();
      open.clear();
    },
  };
}
