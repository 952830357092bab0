import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder, makeFolder, writeWhole} from '../support/index.js';

/** Something that was worked out from files and is kept in this tool's cache. */
export interface Kept {
  /** The cache's folder for what is of this kind. */
  readonly kind: string;
  /** What it is of, such as a file's path: the cache has one for each. */
  readonly of: string;
  /** What it was worked out from, a line that changes when that does. */
  readonly state: string;
}

function pathOf({kind, of}: Kept): string {
  return join(cacheFolder(), kind, createHash('sha256').update(of).digest('hex').slice(0, 32));
}

/** The bytes that are kept, in memory of their own; undefined where there are none, or those of another state. */
export function keptBytes(kept: Kept): ArrayBuffer | undefined {
  try {
    const content = readFileSync(pathOf(kept));
    const head = Buffer.from(`${kept.state}\n`);
    if (!content.subarray(0, head.length).equals(head)) return undefined;
    return new Uint8Array(content.subarray(head.length)).buffer;
  } catch {
    return undefined;
  }
}

/** Keeps bytes. A cache that is full, read-only or nowhere is no reason not to train: they are then worked out again the next time. */
export function keepBytes(kept: Kept, bytes: ArrayBufferLike): void {
  try {
    makeFolder(join(cacheFolder(), kept.kind));
    writeWhole(pathOf(kept), Buffer.concat([Buffer.from(`${kept.state}\n`), Buffer.from(bytes)]));
  } catch {}
}
