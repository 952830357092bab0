import {withDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {VALUES} from './batch.js';

export const LABEL_BYTES = 1;
export const IMAGE_BYTES = VALUES;
export const RECORD_BYTES = LABEL_BYTES + IMAGE_BYTES;
const CLASSES = 10;

/** How many images an official file has. */
const OFFICIAL_COUNT = 10_000;

/** What is read of a file, ten times an official one: a packed file may unpack to anything. */
const MOST_BYTES = 10 * OFFICIAL_COUNT * RECORD_BYTES;

/** A file of images in the official binary form: for each a byte with its class, and 1,024 bytes of red, green and blue each. */
export interface BatchFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly count: number;
}

/** @throws UserError naming the file, if it can't be read or is not of this form */
export async function readBatchFile(path: string): Promise<BatchFile> {
  const bytes = await withDataFile(path, ({start}) => start(MOST_BYTES + 1));
  if (bytes.length > MOST_BYTES)
    throw new UserError(`${path}: the file is too long: it has more than ${MOST_BYTES} bytes`);
  if (isPacked(bytes)) {
    const remedy = path.endsWith('.gz') ? 'it is packed twice; unpack it once' : 'its name must end in .gz';
    throw new UserError(`${path}: this is a packed file: ${remedy}`);
  }
  const other = otherForm(bytes);
  if (other) throw new UserError(`${path}: this is ${other}, not a batch of CIFAR-10's binary version`);
  const count = Math.floor(bytes.length / RECORD_BYTES);
  if (count === 0 || bytes.length !== count * RECORD_BYTES) {
    const cut =
      bytes.length < OFFICIAL_COUNT * RECORD_BYTES ? 'the file is cut or of another form' : 'the file is too long';
    throw new UserError(
      `${path}: ${cut}: an image takes ${RECORD_BYTES} bytes, ${OFFICIAL_COUNT} of them ${OFFICIAL_COUNT * RECORD_BYTES}, found ${bytes.length}`,
    );
  }
  for (let i = 0; i < count; i++) {
    const label = bytes[i * RECORD_BYTES]!;
    if (label >= CLASSES)
      throw new UserError(`${path}: classes must be 0 to ${CLASSES - 1}, found ${label} at image ${i}`);
  }
  return {path, bytes, count};
}

/** Whether bytes begin as gzip's do. */
function isPacked(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What a file is that was put there by mistake, judging by its first bytes. */
function otherForm(bytes: Buffer): string | undefined {
  if (bytes.length >= 4 && bytes.readUInt16BE(0) === 0 && bytes[2] === 8 && (bytes[3] === 1 || bytes[3] === 3)) {
    const kind = bytes[3] === 1 ? 'labels' : 'images';
    if (bytes.length % RECORD_BYTES !== 0) return `an idx file of ${kind} (MNIST's form)`;
  }
  if (bytes[0] === 0x80 && bytes.length > 2 && bytes[1]! <= 5) return 'a Python pickle';
  if (bytes.subarray(0, 8).toString('latin1') === 'airplane') return 'the list of class names';
  return bytes.length === OFFICIAL_COUNT * (RECORD_BYTES + 1) ? "of CIFAR-100's size" : undefined;
}

/**
 * Checks files against each other: a file that was cut between two images, or that stands under another's name as well, is
 * only found so.
 * @throws UserError naming the file that has another number of images than the others, or two that are the same
 */
export function requireSameSize(files: readonly BatchFile[]): void {
  const counts = files.map(({count}) => count);
  const usual = counts.includes(OFFICIAL_COUNT) ? OFFICIAL_COUNT : Math.max(...counts);
  const odd = files.find(({count}) => count !== usual);
  if (odd) {
    const other = files.find(({count}) => count === usual)!;
    throw new UserError(
      `${odd.path}: it has ${odd.count} images and ${other.path} has ${usual}; all files have the same number unless one is cut`,
    );
  }
  for (const [i, file] of files.entries()) {
    const same = files.slice(0, i).find(({bytes}) => bytes.equals(file.bytes));
    if (same) throw new UserError(`${file.path}: its images are those of ${same.path}; is it swapped?`);
  }
}
