import {createHash} from 'node:crypto';
import {type Dataset, formOf, type Source} from '../contract/index.js';
import {evenlySpaced} from './evenly-spaced.js';
import {readBatch, type SplitOfData} from './read-batch.js';
import {rowsOf} from './rows.js';

/**
 * A SHA-256, in lower-case hexadecimal, that identifies a data set by the fingerprints of its sources. Not every example is
 * looked at: a set of which only others were changed has the same.
 */
export async function dataFingerprint(dataset: Dataset): Promise<string> {
  const hash = createHash('sha256');
  for (const split of ['train', 'validation', 'test'] as const) {
    const source = dataset[split];
    if (source) hash.update(`${split} ${source.size} ${await fingerprintOf(source, split)}\n`);
  }
  return hash.digest('hex');
}

async function fingerprintOf(source: Source, split: SplitOfData): Promise<string> {
  if (source.fingerprint) return source.fingerprint();
  const hash = createHash('sha256');
  const batch = await readBatch(source, split, {rows: rowsOf(source.size, evenlySpaced(source.size))});
  for (const [name, array] of Object.entries(batch)) {
    const {buffer, byteOffset, byteLength} = array.data;
    hash.update(`${name} ${formOf(array)}\n`);
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
