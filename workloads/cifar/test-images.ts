import {type BatchFile, LABEL_BYTES, RECORD_BYTES} from './batch-file.js';

/** Where in an image's record eight green values of its middle row stand: columns 12 to 19. */
const FROM = LABEL_BYTES + 1024 + 16 * 32 + 12;

/** Those values, in hexadecimal, of sixteen images of the official test set. */
const MARKS = new Set([
  'b876484e706f9dc9',
  'c2a13d2e2a272829',
  'c8cacdd2d7dcdfe3',
  '2d61c0dad4d6d5d0',
  'f6f5f0e2a5483036',
  '7f99938ba1a7947b',
  '4d464c45486c6d56',
  '9c938677837e6f68',
  '32313fa49335333d',
  'baaf7a79b5977772',
  'a4b6b0a89e431922',
  '4973886c4c3b4756',
  'b8bbb6a06a5e666b',
  'cdd6e1eec6ae9f73',
  '605a65645b585953',
  'a6a4a79799a9a8aa',
]);

/** Whether a file is the official test batch, in whatever order; a few of its images have a double among those for training. */
export function isTestBatch({bytes, count}: BatchFile): boolean {
  const found = new Set<string>();
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_BYTES + FROM;
    const mark = bytes.toString('hex', at, at + 8);
    if (MARKS.has(mark)) found.add(mark);
  }
  return found.size > MARKS.size / 2;
}
