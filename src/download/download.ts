import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {UserError} from '../support/index.js';
import {type HttpAnswer, httpGet, reasonOf, withoutCredentials} from './http.js';

/** Called as bytes arrive. @param total - undefined where the server does not say */
export type OnProgress = (done: number, total: number | undefined) => void;

/** What a file has to hash to. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'md5';
  /** In lower-case hexadecimal. */
  readonly digest: string;
}

/** One file to fetch. */
export interface Download {
  readonly url: string;
  /** Where the whole file goes; what has arrived so far lies beside it as `<file>.part`. */
  readonly file: string;
  readonly checksum: Checksum;
  readonly certificates?: string | undefined;
  /** What to do where the server can't be reached, for the message. */
  readonly remedy?: string | undefined;
  /** Where proxies are looked up; default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
}

/**
 * Fetches a file, continuing from what an earlier try left, and checks it. A connection that is cut is taken up again as
 * long as each try brings something.
 * @throws UserError if the server fails or the connection is lost for good (what has arrived is kept), if the checksum is
 * wrong (what has arrived is deleted), or if the file was there before and its checksum is wrong (it is left alone)
 */
export async function download(wanted: Download): Promise<void> {
  const {url, file, checksum} = wanted;
  if (existsSync(file)) {
    const wrong = await checksumProblem(file, checksum);
    if (wrong) throw new UserError(`${file}: it is damaged or another file: ${wrong}. Remove it, and it is fetched.`);
    return;
  }
  const part = `${file}.part`;
  while (!(await fetchRest(wanted, part)));
  const wrong = await checksumProblem(part, checksum);
  if (!wrong) return renameSync(part, file);
  rmSync(part);
  throw new UserError(
    `What ${withoutCredentials(url)} sent is damaged: ${wrong}.\n` +
      'It was deleted. Run the same command again; if that does not help, the server or a proxy on the way is at fault.',
  );
}

async function checksumProblem(file: string, {algorithm, digest}: Checksum): Promise<string | undefined> {
  const found = await digestOf(file, algorithm);
  const name = algorithm === 'md5' ? 'MD5' : 'SHA-256';
  return found === digest ? undefined : `its ${name} is ${found}, it should be ${digest}`;
}

/** A file's digest in lower-case hexadecimal. */
async function digestOf(file: string, algorithm: Checksum['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, {highWaterMark: 1 << 20}), hash);
  return hash.digest('hex');
}

/** @returns whether the file is whole now; false if the connection was cut after it had brought something */
async function fetchRest({url, certificates, remedy, env, onProgress}: Download, part: string): Promise<boolean> {
  const before = sizeOf(part);
  const headers: {[name: string]: string} = before > 0 ? {range: `bytes=${before}-`} : {};
  const answer = await httpGet({url, headers, certificates, remedy, ...(env && {env})});
  // 416: there is nothing beyond what is here. The checksum tells whether that is the whole file.
  if (answer.status === 416) {
    await answer.discard();
    return true;
  }
  if (answer.status !== 200 && answer.status !== 206) {
    await answer.discard();
    throw new UserError(`${`${withoutCredentials(url)} answered ${answer.status} ${answer.statusText}`.trim()}.`);
  }
  const start = answer.status === 206 ? before : 0;
  const length = Number(answer.headers['content-length']);
  const total = Number.isFinite(length) ? start + length : undefined;
  try {
    await receive(answer, part, start, (done) => onProgress(done, total));
    return true;
  } catch (cause) {
    if (isFileFault(cause)) throw cause;
    const after = sizeOf(part);
    if (after > start) return false;
    throw new UserError(
      `The connection to ${new URL(url).host} was lost after ${after} of ${total ?? 'an unknown number of'} bytes (${reasonOf(cause)}).\n` +
        'Run the same command again: it continues from there.',
      {cause},
    );
  }
}

async function receive(
  {body}: HttpAnswer,
  part: string,
  start: number,
  onBytes: (done: number) => void,
): Promise<void> {
  let done = start;
  body.on('data', (bytes: Buffer) => {
    done += bytes.length;
    onBytes(done);
  });
  await pipeline(body, createWriteStream(part, {flags: start > 0 ? 'a' : 'w'}));
}

/** Whether it is the disk that failed and not the connection. */
function isFileFault(error: unknown): boolean {
  const codes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EISDIR', 'EROFS', 'EIO', 'EFBIG'];
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
