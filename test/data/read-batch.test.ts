import {describe, expect, test} from 'vitest';
import type {Dataset, HostBatch, Source} from '../../src/contract/index.js';
import {arraySource, createInputQueue, dataFingerprint, evaluationBatches} from '../../src/data/index.js';
import {SubmissionError, UserError} from '../../src/support/index.js';

const whole = arraySource({
  inputs: {shape: [10, 2], dtype: 'float32', data: new Float32Array(20)},
  targets: {shape: [10], dtype: 'int32', data: new Int32Array(10)},
});

/** A source whose batches are changed. */
const giving = (change: (batch: HostBatch, rows: Parameters<Source['read']>[0]) => unknown): Source => ({
  size: 10,
  read: (rows) => change(whole.read(rows), rows) as HostBatch,
});
const later = ({size, read}: Source): Source => ({size, read: async (rows) => read(rows)});
const rows = (by: number) => giving((batch, {length}) => ({...batch, targets: int32(length + by)}));
const int32 = (length: number) => ({shape: [length], dtype: 'int32', data: new Int32Array(length)}) as const;

const wrong: [string, Source, string][] = [
  ['fewer rows', rows(-2), "was asked for 3 examples, so each field must have 3 rows; found 'targets' int32 [1]"],
  ['more rows', rows(1), "was asked for 3 examples, so each field must have 3 rows; found 'targets' int32 [4]"],
  [
    'a field without rows',
    giving((batch) => ({...batch, scale: {shape: [], dtype: 'float32', data: new Float32Array(1)}})),
    "was asked for 3 examples, so each field must have 3 rows; found 'scale' float32 []",
  ],
  ['nothing', giving(() => undefined), 'must give a batch, an object of fields {shape, dtype, data}; found undefined'],
  [
    'a field that is none',
    giving((batch) => ({...batch, targets: [1, 2, 3]})),
    "must give a batch, an object of fields {shape, dtype, data}; found a list as 'targets'",
  ],
  [
    'another dtype',
    giving((batch) => ({...batch, targets: {...int32(3), dtype: 'int64'}})),
    `gave a batch whose field 'targets' is of dtype "int64"; allowed: float32 (a Float32Array), int32`,
  ],
  [
    'a shape of parts',
    giving((batch) => ({...batch, targets: {...int32(3), shape: [3, 0.5]}})),
    "gave a batch whose field 'targets' has the shape [3, 0.5]",
  ],
];

/** What it throws: no mistake of the submission that draws the batch. */
async function thrown(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UserError);
  expect(error).not.toBeInstanceOf(SubmissionError);
  return (error as Error).message;
}

describe.each([
  ['at once', (source: Source) => source],
  ['as promises', later],
])('batches that come %s', (_, as) => {
  test.each(wrong)('%s in a batch is refused, with the split', async (_, source, message) => {
    const options = {source: as(source), batchSize: 3};
    const drawn = await thrown(() => createInputQueue({...options, key: [0, 1]}).next());
    expect(drawn).toContain(`the data's train split: \`read\` ${message}`);
    const evaluated = await thrown(() => evaluationBatches({...options, split: 'test'}).start()());
    expect(evaluated).toContain(`the data's test split: \`read\` ${message}`);
  });

  test.each(wrong.slice(3, 4))('%s is refused where the data is fingerprinted', async (_, source, message) => {
    const dataset: Dataset = {train: whole, validation: as(source), source: 'here'};
    expect(await thrown(() => dataFingerprint(dataset))).toContain(`the data's validation split: \`read\` ${message}`);
  });
});

test('a source that packs its examples may give as many rows as they take, of a right form', async () => {
  const packed = (batch: unknown): Source => ({
    ...whole,
    packed: () => ({most: 4, take: () => 2, read: () => batch as HostBatch}),
  });
  const given = {inputs: int32(7), weights: int32(3)};
  expect(createInputQueue({source: packed(given), batchSize: 3, key: [0, 1]}).next()).toBe(given);
  for (const draw of [
    () => createInputQueue({source: packed(undefined), batchSize: 3, key: [0, 1]}).next(),
    () => evaluationBatches({source: packed(undefined), batchSize: 3, split: 'train'}).start()(),
  ])
    expect(await thrown(draw)).toContain("the data's train split: `read` must give a batch");
});
