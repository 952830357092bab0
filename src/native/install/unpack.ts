import {createReadStream, createWriteStream, mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createInflateRaw} from 'node:zlib';
import type {Entry, ZipFile} from 'yauzl';
import type {OnProgress} from '../../download/index.js';
import {UserError} from '../../support/index.js';
import {isKept, type WheelRequest} from './plan.js';

/** How a zip archive says that a member is not compressed. */
const STORED = 0;

export interface UnpackOptions {
  /** The wheel: a zip archive. */
  readonly wheel: string;
  /** What is kept of it. */
  readonly request: WheelRequest;
  /** Where its members go, each to its path in the wheel. */
  readonly folder: string;
  /** Counts unpacked bytes. */
  readonly onProgress: OnProgress;
}

/**
 * Unpacks what is kept of a wheel. Members above 4 GB are understood.
 * @throws UserError if the wheel is not a zip archive, is damaged, or has a member that would lie outside of the folder
 * @throws the system's error where the disk fails
 */
export async function unpackWheel(options: UnpackOptions): Promise<void> {
  const {wheel} = options;
  const {openPromise} = await import('yauzl');
  try {
    const archive = await openPromise(wheel, {autoClose: false});
    try {
      await unpackKept(archive, options);
    } finally {
      archive.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw new UserError(
      `${wheel}: the wheel can't be unpacked: ${(cause as Error).message}.\nRemove it and run the same command again.`,
      {cause},
    );
  }
}

async function unpackKept(archive: ZipFile, {wheel, request, folder, onProgress}: UnpackOptions): Promise<void> {
  const entries: Entry[] = [];
  for await (const entry of archive.eachEntry()) if (isKept(entry.fileName, request)) entries.push(entry);
  const total = entries.reduce((sum, {uncompressedSize}) => sum + uncompressedSize, 0);
  let done = 0;
  for (const entry of entries) {
    if (!entry.canDecodeFileData()) throw new Error(`${entry.fileName} is encrypted or packed in an unknown way`);
    const {fileDataStart} = await archive.readLocalFileHeaderPromise(entry, {minimal: true});
    const target = join(folder, entry.fileName);
    mkdirSync(dirname(target), {recursive: true});
    const output = createWriteStream(target, {mode: isExecutable(entry) ? 0o755 : 0o644});
    const count = counted(entry, (bytes) => {
      done += bytes;
      onProgress(done, total);
    });
    await pipeline([packedBytes(wheel, entry, fileDataStart), ...inflater(entry), count, output]);
  }
}

/** In larger pieces than yauzl reads, with which the libraries take twice as long. */
function packedBytes(wheel: string, {compressedSize}: Entry, start: number): Readable {
  if (compressedSize === 0) return Readable.from([]);
  return createReadStream(wheel, {start, end: start + compressedSize - 1, highWaterMark: 1 << 20});
}

function inflater({compressionMethod}: Entry): Transform[] {
  return compressionMethod === STORED ? [] : [createInflateRaw({chunkSize: 1 << 18})];
}

/** Passes bytes on. @throws Error unless they are as many as the archive states */
function counted({fileName, uncompressedSize}: Entry, onBytes: (bytes: number) => void): Transform {
  let written = 0;
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      written += bytes.length;
      onBytes(bytes.length);
      done(written > uncompressedSize ? wrongSize() : null, bytes);
    },
    flush: (done) => done(written === uncompressedSize ? null : wrongSize()),
  });
  function wrongSize(): Error {
    return new Error(`the size of ${fileName} is not ${uncompressedSize}, as the archive states`);
  }
}

/** By the permissions of Unix, which stand in the upper half of the attributes. */
function isExecutable({externalFileAttributes}: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o100) !== 0;
}
