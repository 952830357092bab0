import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

const RECORD = 3073;

/** A batch file of `count` images: class `i % 10`, pixels that tell its class apart, and noise by the salt. */
export function batchFile(count: number, salt = 1): Buffer {
  const bytes = Buffer.alloc(count * RECORD);
  for (let i = 0; i < count; i++) {
    bytes[i * RECORD] = i % 10;
    for (let j = 1; j < RECORD; j++)
      bytes[i * RECORD + j] = (20 * (i % 10) + ((i * 31 + j * 7 * salt + (j >> 5)) % 50)) % 256;
  }
  return bytes;
}

/** Two training batches and the test batch, of `count` images each: small, but in the form of the official ones. */
export function writeSmallCifar(folder: string, count = 20): void {
  for (const [i, name] of ['data_batch_1', 'data_batch_2', 'test_batch'].entries()) {
    writeFileSync(join(folder, `${name}.bin`), batchFile(count, i + 1));
  }
}
