import {readFileSync} from 'node:fs';
import {createServer, type RequestListener, request, type Server} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {type AddressInfo, connect} from 'node:net';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

/** The certificate of the servers here, for `localhost` and 127.0.0.1 until 2120, signed by itself: `openssl ca -selfsign`. */
export const certificateFile = join(import.meta.dirname, 'localhost.pem');

/** Starts a server on a free port of this machine, stopped after the test. @returns its port */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** An https server. @returns its address */
export async function serveSecurely(listener: RequestListener): Promise<string> {
  const key = readFileSync(join(import.meta.dirname, 'localhost-key.pem'));
  const server = createSecureServer({key, cert: readFileSync(certificateFile)}, listener);
  return `https://localhost:${await listen(server as unknown as Server)}`;
}

/** A forward proxy on this machine. */
export interface TestProxy {
  readonly port: number;
  /** The first line of each request, with the credentials it came with. */
  readonly requests: {readonly line: string; readonly credentials: string | undefined}[];
  /** What it answers to all, unless 0. */
  status: number;
}

/** Starts a proxy that passes on what it is asked: http by the whole address, https through a tunnel. */
export async function startProxy(): Promise<TestProxy> {
  const server = createServer((asked, response) => {
    note(`${asked.method} ${asked.url}`, asked.headers['proxy-authorization']);
    if (proxy.status !== 0) return void response.writeHead(proxy.status).end();
    const {'proxy-authorization': _, ...headers} = asked.headers;
    request(asked.url!, {method: asked.method, headers}, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', (asked, socket) => {
    note(`CONNECT ${asked.url}`, asked.headers['proxy-authorization']);
    if (proxy.status !== 0) return void socket.end(`HTTP/1.1 ${proxy.status} no\r\n\r\n`);
    const {hostname, port} = new URL(`http://${asked.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const end of [socket, target]) end.on('error', () => {});
  });
  const note = (line: string, authorization: string | undefined): void => {
    const encoded = authorization?.replace(/^Basic /, '');
    proxy.requests.push({line, credentials: encoded && Buffer.from(encoded, 'base64').toString()});
  };
  const proxy: TestProxy = {port: await listen(server), requests: [], status: 0};
  return proxy;
}
