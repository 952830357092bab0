import {createServer, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from 'vitest';
import {httpGet, shown, textOf, withCredentials} from '../../src/download/http.js';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://name:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a redirect keeps the credentials on its own host and drops them on another', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  });
  const first = await serve((request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === '/a' ? `http://${request.headers.host}/b` : shown(other);
    response.writeHead(302, {location}).end();
  });
  const answer = await httpGet({url: `${first}/a`});
  expect(await textOf(answer)).toBe('there');
  expect(answer.url).toBe(shown(other));
  const authorization = `Basic ${Buffer.from('name:secret').toString('base64')}`;
  expect(seen).toEqual([authorization, authorization, undefined]);
});

test('redirects without end are given up', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests++;
    response.writeHead(301, {location: '/again'}).end();
  });
  await expect(httpGet({url})).rejects.toThrow(`${shown(url)} redirects more than 5 times.`);
  expect(requests).toBe(6);
});

test('no message shows a password', async () => {
  expect(shown('https://name:secret@host.test/a?b')).toBe('https://host.test/a?b');
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
