import {closeSync, mkdirSync, openSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {tfRecord} from '../../src/support/index.js';

/** Values of an example: its number, then pseudo-random ones. */
export const WIDTH = 1023;

/** What a record of the number `n` holds, as float32: `n`, then `width` values that follow from it. */
export function record(n: number, width = WIDTH): Buffer {
  const values = new Float32Array(1 + width);
  values[0] = n;
  for (let i = 1, state = n + 1; i <= width; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = state / 2 ** 32 - 0.5;
  }
  return Buffer.from(values.buffer);
}

/** Writes files of records with the numbers from 0 on. @returns their paths */
export function writeRecords(folder: string, counts: readonly number[], width = WIDTH): string[] {
  mkdirSync(folder, {recursive: true});
  let n = 0;
  return counts.map((count, i) => {
    const file = join(folder, `train-${i}.tfrecord`);
    const descriptor = openSync(file, 'w');
    for (const end = n + count; n < end; ) {
      const some = Array.from({length: Math.min(256, end - n)}, () => tfRecord(record(n++, width)));
      writeSync(descriptor, Buffer.concat(some));
    }
    closeSync(descriptor);
    return file;
  });
}

/** A user's decoder of such records, in TypeScript: fields `inputs` [width] and `targets` []; a key adds its first word. */
export function writeDecoder(folder: string): URL {
  const file = join(folder, 'decoder.ts');
  writeFileSync(
    file,
    `import type {CreateDecoder} from 'algoperf-ts';
export const createDecoder: CreateDecoder<{classes: number}> = ({classes}) => (record, {inputs, targets}, key) => {
  if (record.length % 4 !== 0) throw new Error('it has ' + record.length + ' bytes');
  const values = new Float32Array(record.buffer.slice(record.byteOffset, record.byteOffset + record.length));
  inputs!.set(values.subarray(1));
  if (key) inputs![0] = key[0];
  targets![0] = values[0]! % classes;
};
`,
  );
  return pathToFileURL(file);
}
