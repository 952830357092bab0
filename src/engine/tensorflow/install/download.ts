import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {UserError} from '../../../errors.js';
import {type HttpAnswer, httpGet, shown} from './http.js';

/** Called as bytes arrive. @param total - undefined where the server does not say */
export type OnProgress = (done: number, total: number | undefined) => void;

/** One file to fetch. */
export interface Download {
  readonly url: string;
  /** Where the whole file goes; what has arrived so far lies beside it as `<file>.part`. */
  readonly file: string;
  /** The file's SHA-256 in lower-case hexadecimal. */
  readonly sha256: string;
  readonly certificates: string | undefined;
  readonly onProgress: OnProgress;
}

/**
 * Fetches a file, going on from what an earlier try left, and checks it. A connection that is cut is taken up again as
 * long as each try brings something.
 * @throws UserError if the server fails or the connection is lost for good (what has arrived is kept), or if the
 * checksum is wrong (what has arrived is deleted)
 */
export async function download(wanted: Download): Promise<void> {
  const part = `${wanted.file}.part`;
  if (!existsSync(wanted.file)) {
    while (!(await fetchRest(wanted, part)));
    renameSync(part, wanted.file);
  }
  const found = await sha256Of(wanted.file);
  if (found === wanted.sha256) return;
  rmSync(wanted.file);
  throw new UserError(
    `What ${shown(wanted.url)} sent is damaged: its SHA-256 is ${found}, the index says ${wanted.sha256}.\n` +
      'It was deleted. Run the same command again; if that does not help, the index or a proxy on the way is at fault.',
  );
}

/** The SHA-256 of a file in lower-case hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, {highWaterMark: 1 << 20}), hash);
  return hash.digest('hex');
}

/** @returns whether the file is whole now; false if the connection was cut after it had brought something */
async function fetchRest({url, certificates, onProgress}: Download, part: string): Promise<boolean> {
  const before = sizeOf(part);
  const headers: {[name: string]: string} = before > 0 ? {range: `bytes=${before}-`} : {};
  const answer = await httpGet({url, headers, certificates});
  // 416: there is nothing beyond what is here. The checksum tells whether that is the whole file.
  if (answer.status === 416) return discard(answer);
  if (answer.status !== 200 && answer.status !== 206) {
    discard(answer);
    throw new UserError(`${shown(url)} answered ${answer.status} ${answer.body.statusMessage ?? ''}.`.trim());
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
      `The connection to ${new URL(url).host} was lost after ${after} of ${total ?? 'an unknown number of'} bytes.\n` +
        'Run the same command again: it goes on from there.',
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

function discard({body}: HttpAnswer): true {
  body.resume();
  return true;
}

/** Whether it is the disk that failed and not the connection. */
function isFileFault(error: unknown): boolean {
  const codes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EISDIR', 'EROFS', 'EIO', 'EFBIG'];
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
