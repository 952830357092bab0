import {readFileSync} from 'node:fs';
import type {IncomingHttpHeaders} from 'node:http';
import type {Readable} from 'node:stream';
import {rootCertificates} from 'node:tls';
import type {Dispatcher} from 'undici';
import {environment, UserError} from '../support/index.js';
import {proxiesOf, proxyNote} from './proxies.js';

/** What is asked of a server. */
export interface HttpRequest {
  readonly url: string;
  readonly headers?: {readonly [name: string]: string};
  /** A file of certificates to trust beside Node's own and those of NODE_EXTRA_CA_CERTS. */
  readonly certificates?: string | undefined;
  /** What to do where the server can't be reached, for the message; default: to check the network. */
  readonly remedy?: string | undefined;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked up; default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** An answer whose body has not been read yet. */
export interface HttpAnswer {
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly status: number;
  /** The server's word for the status; may be empty. */
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** For an answer whose body is of no use: gives up the connection. */
  discard(): Promise<void>;
}

const REDIRECTS = 5;
const SILENCE_MILLISECONDS = 60_000;

/** The errors by which undici says that nothing came for so long. */
const TIMEOUTS = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/**
 * A GET request that follows redirects, through the proxy that the environment names. A name and password in the address are
 * sent to that host alone.
 * @throws UserError if the server can't be reached, is silent for a minute, or redirects without end
 */
export async function httpGet(request: HttpRequest): Promise<HttpAnswer> {
  const dispatcher = await dispatcherFor(request);
  let at = new URL(request.url);
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const answer = await answerOf(at, dispatcher, request);
    const {location} = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || !location) return answer;
    await answer.discard();
    at = withCredentials(new URL(location, at), at);
  }
  throw new UserError(`${withoutCredentials(request.url)} redirects more than ${REDIRECTS} times.`);
}

/** The whole body as text. */
export async function textOf({body}: HttpAnswer): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** An address without the name and the password in it, for messages. */
export function withoutCredentials(url: string): string {
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

/** Why a connection failed or was lost, as text. */
export function reasonOf(error: unknown): string {
  const {message, code, cause} = error as NodeJS.ErrnoException;
  if (TIMEOUTS.includes(code ?? '')) return 'no answer for a minute';
  // Of several addresses that were tried, the message is empty.
  return message || code || reasonOf(cause ?? new Error('no reason was given'));
}

async function dispatcherFor({certificates, env = environment()}: HttpRequest): Promise<Dispatcher> {
  const {http, https, none} = proxiesOf(env);
  const ca =
    certificates === undefined ? {} : {ca: [...rootCertificates, readCertificates(certificates), ...ownCertificates()]};
  const {EnvHttpProxyAgent} = await import('undici');
  return new EnvHttpProxyAgent({
    // Empty rather than undefined: undici would look into this process's environment.
    httpProxy: http ?? '',
    httpsProxy: https ?? '',
    noProxy: none,
    // Proxies seldom let a tunnel through to another port than 443.
    proxyTunnel: false,
    connect: {...ca, timeout: SILENCE_MILLISECONDS},
    requestTls: ca,
    proxyTls: ca,
    headersTimeout: SILENCE_MILLISECONDS,
    bodyTimeout: SILENCE_MILLISECONDS,
  });
}

async function answerOf(
  url: URL,
  dispatcher: Dispatcher,
  {headers = {}, remedy = 'Check the network.', env = environment()}: HttpRequest,
): Promise<HttpAnswer> {
  const {request} = await import('undici');
  try {
    const {statusCode, statusText, body, ...answer} = await request(withoutCredentials(url.href), {
      dispatcher,
      headers: {...headers, ...authorization(url)},
    });
    const discard = (): Promise<void> => body.dump();
    return {url: url.href, status: statusCode, statusText, headers: answer.headers, body, discard};
  } catch (cause) {
    throw new UserError(
      `${withoutCredentials(url.href)} can't be reached: ${reasonOf(cause)}.${proxyNote(url.protocol, env)}\n${remedy}`,
      {cause},
    );
  }
}

function authorization({username, password}: URL): {authorization?: string} {
  if (!username && !password) return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {authorization: `Basic ${Buffer.from(credentials).toString('base64')}`};
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`The certificates that pip is set to can't be read: ${(cause as Error).message}.`, {cause});
  }
}

/** Those of NODE_EXTRA_CA_CERTS, which Node leaves out where it is given a list; it has warned if they can't be read. */
function ownCertificates(): string[] {
  const file = environment().NODE_EXTRA_CA_CERTS;
  try {
    return file ? [readFileSync(file, 'utf8')] : [];
  } catch {
    return [];
  }
}
