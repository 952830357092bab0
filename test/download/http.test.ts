import {once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import {type AddressInfo, createServer as createSocketServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {httpGet, textOf, withCredentials, withoutCredentials} from '../../src/download/http.js';
import {certificateFile, listen, serveSecurely, startProxy} from '../helpers/proxy.js';

async function serve(listener: RequestListener): Promise<string> {
  return `http://name:secret@127.0.0.1:${await listen(createServer(listener))}`;
}

test('a redirect keeps the credentials on its own host and drops them on another', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  });
  const first = await serve((request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === '/a' ? `http://${request.headers.host}/b` : withoutCredentials(other);
    response.writeHead(302, {location}).end();
  });
  const answer = await httpGet({url: `${first}/a`});
  expect(await textOf(answer)).toBe('there');
  expect(answer.url).toBe(withoutCredentials(other));
  const authorization = `Basic ${Buffer.from('name:secret').toString('base64')}`;
  expect(seen).toEqual([authorization, authorization, undefined]);
});

// Versions of undici from 7.26 on end the process here, unless they need a newer Node.
test('a body is whole where the server closes the connection behind it, however slowly it is read', async () => {
  const body = Buffer.alloc(300_000, 'x');
  const server = createSocketServer((socket) =>
    socket.once('data', async () => {
      socket.write('HTTP/1.0 200 OK\r\n\r\n');
      await sleep(5);
      socket.end(body);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  for (let times = 0; times < 3; times++) {
    const answer = await httpGet({url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`});
    let length = 0;
    for await (const part of answer.body) {
      length += (part as Buffer).length;
      await sleep(5);
    }
    expect(length).toBe(body.length);
  }
});

test('redirects without end are given up', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests++;
    response.writeHead(301, {location: '/again'}).end();
  });
  await expect(httpGet({url})).rejects.toThrow(`${withoutCredentials(url)} redirects more than 5 times.`);
  expect(requests).toBe(6);
});

test('no message shows a password', async () => {
  expect(withoutCredentials('https://name:secret@host.test/a?b')).toBe('https://host.test/a?b');
  await expect(httpGet({url: 'http://name:secret@127.0.0.1:9/'})).rejects.toThrow(
    /^http:\/\/127\.0\.0\.1:9\/ can't be reached/,
  );
});

test('a link of the same origin gets the credentials of its page, unless it has its own', () => {
  const page = new URL('https://name:secret@host.test/simple/');
  expect(withCredentials(new URL('https://host.test/a.whl'), page).href).toBe('https://name:secret@host.test/a.whl');
  expect(withCredentials(new URL('https://me:mine@host.test/a.whl'), page).password).toBe('mine');
  expect(withCredentials(new URL('https://files.test/a.whl'), page).href).toBe('https://files.test/a.whl');
});

test('certificates that are not there are named', async () => {
  const request = {url: 'https://127.0.0.1:9/', certificates: '/nowhere/certs.pem'};
  await expect(httpGet(request)).rejects.toThrow(
    /certificates that pip is set to can't be read: .+\/nowhere\/certs\.pem/,
  );
});

describe('through a proxy', () => {
  const ofServer = (url: string) => Number(new URL(url).port);
  const fetched = async (url: string, env: NodeJS.ProcessEnv, certificates?: string) =>
    textOf(await httpGet({url, env, certificates}));

  test.each(['HTTP_PROXY', 'http_proxy'])('that %s names, by the whole address of what is fetched', async (name) => {
    const proxy = await startProxy();
    const url = withoutCredentials(await serve((_request, response) => void response.end('all')));
    const env = {[name]: `http://me:p%40ss@127.0.0.1:${proxy.port}`};
    expect(await fetched(url, env)).toBe('all');
    expect(proxy.requests).toEqual([{line: `GET ${url}`, credentials: 'me:p@ss'}]);
  });

  test.each([
    ['HTTPS_PROXY', 'http://'],
    ['https_proxy', ''],
    ['HTTP_PROXY', 'http://'],
  ])(
    '%s=%s...: through a tunnel, the certificate checked and the credentials for the server alone',
    async (name, scheme) => {
      const proxy = await startProxy();
      const seen: (string | undefined)[] = [];
      const url = await serveSecurely((request, response) => {
        seen.push(request.headers.authorization, request.headers['proxy-authorization'] as string | undefined);
        response.end('all');
      });
      const env = {[name]: `${scheme}127.0.0.1:${proxy.port}`};
      // Node 24 adds what might help.
      await expect(fetched(url, env)).rejects.toThrow(
        /can't be reached: self-signed certificate(;.*)?\. \w+ is set to /,
      );
      expect(await fetched(url.replace('//', '//name:secret@'), env, certificateFile)).toBe('all');
      expect(seen).toEqual([`Basic ${Buffer.from('name:secret').toString('base64')}`, undefined]);
      expect(new Set(proxy.requests.map(({line}) => line))).toEqual(new Set([`CONNECT localhost:${ofServer(url)}`]));
    },
  );

  test.each(['127.0.0.1', '*', 'a.test, 127.0.0.1', 'a.test,127.0.0.1:PORT'])(
    'not where NO_PROXY is %s',
    async (none) => {
      const proxy = await startProxy();
      const url = withoutCredentials(await serve((_request, response) => void response.end('all')));
      const NO_PROXY = none.replace('PORT', new URL(url).port);
      expect(await fetched(url, {HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY})).toBe('all');
      expect(proxy.requests).toEqual([]);
    },
  );

  test('not by the environment of this process, where another is given', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${proxy.port}`);
    const url = withoutCredentials(await serve((_request, response) => void response.end('all')));
    expect(await fetched(url, {})).toBe('all');
    expect(proxy.requests).toEqual([]);
    expect(await textOf(await httpGet({url}))).toBe('all');
    expect(proxy.requests).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  test('that refuses, or is not there, or is not an address: the variable is named, and no password', async () => {
    const proxy = await startProxy();
    proxy.status = 407;
    const HTTPS_PROXY = `http://me:secret@127.0.0.1:${proxy.port}`;
    await expect(httpGet({url: 'https://host.test/a', env: {HTTPS_PROXY}})).rejects.toThrow(
      `https://host.test/a can't be reached: Proxy response (407) !== 200 when HTTP Tunneling. HTTPS_PROXY is set to http://127.0.0.1:${proxy.port}; hosts that NO_PROXY lists are reached directly.\nCheck the network.`,
    );
    await expect(httpGet({url: 'http://host.test/', env: {http_proxy: 'me:secret@127.0.0.1:9'}})).rejects.toThrow(
      /ECONNREFUSED 127\.0\.0\.1:9\. http_proxy is set to http:\/\/127\.0\.0\.1:9; /,
    );
    await expect(httpGet({url: 'http://host.test/', env: {http_proxy: 'ftp://me:secret@host'}})).rejects.toThrow(
      "http_proxy: 'ftp://host' is not a proxy address such as http://proxy.example:3128",
    );
  });
});
