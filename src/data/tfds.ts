import {existsSync, readdirSync} from 'node:fs';
import {basename, join} from 'node:path';
import {z} from 'zod';
import {UserError} from '../support/index.js';
import {withDataFile} from './data-files.js';

/** More bytes of a description are not read. */
const MOST_BYTES = 2 ** 24;

/** TFDS writes 64-bit integers as strings. */
const count = z.coerce.number().int().min(0);

/** What is read of a data set's `dataset_info.json`. */
const schema = z.object({
  name: z.string(),
  fileFormat: z.literal('tfrecord').default('tfrecord'),
  splits: z.array(
    z.object({
      name: z.string(),
      filepathTemplate: z.string().default('{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}'),
      shardLengths: z.array(count),
    }),
  ),
});

/** The file of a shard, by TFDS's usual template. */
const SHARD = /^(.+)\.tfrecord-\d{5}-of-\d{5}$/;

/** A split of a data set that TensorFlow Datasets prepared. */
export interface TfdsSplit {
  /** Paths of its TFRecord files, in order. */
  readonly files: readonly string[];
  /** How many records each file has. */
  readonly counts: readonly number[];
}

/**
 * The files of a split, as the data set's `dataset_info.json` names them.
 * @param folder - that of one version of the data set: `wmt14_translate/de-en/1.0.0`
 * @throws UserError naming the file that is missing, not named there or not of this form, the splits that there are, or one without examples
 * @see {@link https://www.tensorflow.org/datasets/external_tfrecord | TensorFlow Datasets, file format}
 */
export async function tfdsSplit(folder: string, split: string): Promise<TfdsSplit> {
  const path = join(folder, 'dataset_info.json');
  const info = await readInfo(path);
  const found = info.splits.find(({name}) => name === split);
  if (!found) {
    const names = info.splits.map(({name}) => name).join(', ');
    throw new UserError(`${path}: there is no split '${split}'; found ${names || 'none'}`);
  }
  const counts = found.shardLengths;
  if (counts.every((records) => records === 0))
    throw new UserError(`${path}: the split '${split}' has 0 examples; a run needs some in every split it uses`);
  const files = counts.map((_, shard) => join(folder, fileName(info.name, found, shard)));
  const missing = files.find((file) => !existsSync(file));
  if (missing) throw new UserError(`${missing}: there is no such file, but ${path} names it; fetch or make it again`);
  const known = new Set(files.map((file) => basename(file)));
  const extra = readdirSync(folder).find(
    (name) => !known.has(name) && SHARD.exec(name)?.[1] === `${info.name}-${split}`,
  );
  if (extra)
    throw new UserError(`${join(folder, extra)}: ${path} does not name this file; is it of other data? Remove it`);
  return {files, counts};
}

async function readInfo(path: string): Promise<z.infer<typeof schema>> {
  const text = (await withDataFile(path, ({start}) => start(MOST_BYTES))).toString('utf8');
  const parsed = schema.safeParse(jsonOf(text, path));
  if (parsed.success) return parsed.data;
  const {path: at, message} = parsed.error.issues[0]!;
  throw new UserError(`${path}: not a description by TensorFlow Datasets: ${at.join('.') || 'the file'}: ${message}`);
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path}: must be JSON: ${(cause as Error).message}; fetch or make it again`, {cause});
  }
}

function fileName(
  dataset: string,
  {name, filepathTemplate, shardLengths}: z.infer<typeof schema>['splits'][number],
  shard: number,
): string {
  const digits = (number: number) => `${number}`.padStart(5, '0');
  const values: {readonly [key: string]: string} = {
    DATASET: dataset,
    SPLIT: name,
    FILEFORMAT: 'tfrecord',
    SHARD_INDEX: digits(shard),
    NUM_SHARDS: digits(shardLengths.length),
    SHARD_X_OF_Y: `${digits(shard)}-of-${digits(shardLengths.length)}`,
  };
  return filepathTemplate.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** Files that TFDS reads at a time, and records that it takes from one before the next one's turn. */
const [SLOTS, BLOCK] = [16, 16];

/**
 * The order in which TFDS reads the records of several files: from 16 files in turns, 16 records each. A file's end is noticed when a
 * record more is asked for; the next file takes its place at that place's following turn.
 * @param counts - how many records each file has
 * @returns for each place in the order the record, counted through the files
 */
export function tfdsOrder(counts: readonly number[]): Uint32Array {
  const firsts: number[] = [];
  const total = counts.reduce((first, records) => {
    firsts.push(first);
    return first + records;
  }, 0);
  const order = new Uint32Array(total);
  const slots: ({next: number; readonly end: number} | undefined)[] = new Array(SLOTS).fill(undefined);
  let opened = 0;
  for (let done = 0, turn = 0; done < total; turn = (turn + 1) % SLOTS) {
    if (!slots[turn] && opened < counts.length) {
      slots[turn] = {next: firsts[opened]!, end: firsts[opened]! + counts[opened]!};
      opened += 1;
    }
    const file = slots[turn];
    if (!file) continue;
    const given = Math.min(BLOCK, file.end - file.next);
    for (let i = 0; i < given; i++) order[done++] = file.next++;
    if (given < BLOCK) slots[turn] = undefined;
  }
  return order;
}
