import {writeFileSync} from 'node:fs';
import {join} from 'node:path';

export interface SmallMnist {
  readonly train?: number;
  readonly test?: number;
}

/** Writes an MNIST-shaped set whose images tell their labels: class `c` is a bright block of rows at its place. */
export function writeSmallMnist(folder: string, {train = 600, test = 100}: SmallMnist = {}): void {
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), images(train));
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), labels(train));
  writeFileSync(join(folder, 't10k-images-idx3-ubyte'), images(test));
  writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), labels(test));
}

export function images(count: number): Buffer {
  const bytes = Buffer.alloc(16 + count * 784);
  writeHeader(bytes, [2051, count, 28, 28]);
  for (let i = 0; i < count; i++) {
    const from = 16 + i * 784 + (i % 10) * 2 * 28;
    bytes.fill(200 + (i % 50), from, from + 56);
  }
  return bytes;
}

export function labels(count: number): Buffer {
  const bytes = Buffer.alloc(8 + count);
  writeHeader(bytes, [2049, count]);
  for (let i = 0; i < count; i++) bytes[8 + i] = i % 10;
  return bytes;
}

function writeHeader(bytes: Buffer, words: readonly number[]): void {
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, 4 * i);
}
