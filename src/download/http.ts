import {readFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {rootCertificates} from 'node:tls';
import {UserError} from '../support/index.js';

/** What is asked of a server. */
export interface HttpRequest {
  readonly url: string;
  readonly headers?: {readonly [name: string]: string};
  /** A file of certificates to trust beside Node's own. */
  readonly certificates?: string | undefined;
  /** What to do where the server can't be reached, for the message; default: to check the network. */
  readonly mend?: string | undefined;
}

/** An answer whose body has not been read yet. */
export interface HttpAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

const REDIRECTS = 5;
const SILENCE_MILLISECONDS = 60_000;

/**
 * A GET request that follows redirects. A name and password in the address are sent to that host alone.
 * @throws UserError if the server can't be reached, is silent for a minute, or redirects without end
 */
export async function httpGet({url, headers = {}, certificates, mend}: HttpRequest): Promise<HttpAnswer> {
  const ca = certificates === undefined ? undefined : [...rootCertificates, readCertificates(certificates)];
  let at = new URL(url);
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const body = await answerOf(at, {headers, ...(ca && {ca})}, mend);
    const status = body.statusCode ?? 0;
    const {location} = body.headers;
    if (status < 300 || status >= 400 || !location) return {url: at.href, status, headers: body.headers, body};
    body.resume();
    at = withCredentials(new URL(location, at), at);
  }
  throw new UserError(`${shown(url)} redirects more than ${REDIRECTS} times.`);
}

/** The whole body as text. */
export async function textOf({body}: HttpAnswer): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** An address without the name and the password in it, for messages. */
export function shown(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** A link with the credentials of the page it stands on, if both are of one origin and it has none of its own. */
export function withCredentials(link: URL, page: URL): URL {
  const result = new URL(link);
  if (link.origin === page.origin && !link.username) {
    result.username = page.username;
    result.password = page.password;
  }
  return result;
}

function answerOf(url: URL, options: https.RequestOptions, mend = 'Check the network.'): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const message = `${shown(url.href)} can't be reached: ${cause.message || (cause as NodeJS.ErrnoException).code}.`;
      reject(new UserError(`${message}\n${mend}`, {cause}));
    };
    const client = url.protocol === 'https:' ? https : http;
    try {
      const request = client.get(url, options, resolve);
      request.on('error', fail);
      request.setTimeout(SILENCE_MILLISECONDS, () => request.destroy(new Error('no answer for a minute')));
    } catch (error) {
      fail(error as Error);
    }
  });
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`The certificates that pip is set to can't be read: ${(cause as Error).message}.`, {cause});
  }
}
