import {type Dataset, formOf, type HostBatch, type Key, type Rows, type Source} from '../contract/index.js';
import {arrayProblem} from '../engine/index.js';
import {describeValue, UserError} from '../support/index.js';

/** The part of a data set that a batch is of. */
export type SplitOfData = keyof Pick<Dataset, 'train' | 'validation' | 'test'>;

/** Which batch is read, as `Source.read` takes it. */
export interface BatchRequest {
  readonly rows: Rows;
  readonly key?: Key | undefined;
  readonly reuse?: HostBatch | undefined;
}

/**
 * A batch of a source, checked: each field has as many rows as were asked for. Of a source that packs its examples `read` may give
 * packed batches, in as many rows as they take.
 * @throws UserError naming the split and the field
 */
export function readBatch(
  source: Source,
  split: SplitOfData,
  {rows, key, reuse}: BatchRequest,
): HostBatch | Promise<HostBatch> {
  const count = rows.length;
  return checkedBatch(source.read(rows, key, reuse), split, source.packed ? undefined : count);
}

/**
 * A batch, or the promise of one, after a look at the form of its fields: their data may not have been made yet.
 * @param count - how many rows each field must have; undefined: the source packs examples into rows
 * @throws UserError naming the split and the field
 */
export function checkedBatch(
  given: HostBatch | Promise<HostBatch>,
  split: SplitOfData,
  count?: number,
): HostBatch | Promise<HostBatch> {
  if (given instanceof Promise) return given.then((batch) => checkedBatch(batch, split, count));
  const problem = batchProblem(given, count);
  if (problem) throw new UserError(`the data's ${split} split: \`read\` ${problem}`);
  return given;
}

/**
 * What a source's `read` has done wrong, as the end of a sentence about it; undefined: nothing.
 * @param count - how many rows each field must have; undefined: the source packs examples into rows
 */
export function batchProblem(batch: HostBatch, count?: number): string | undefined {
  const allowed = 'must give a batch, an object of fields {shape, dtype, data}';
  if (typeof batch !== 'object' || batch === null) return `${allowed}; found ${describeValue(batch)}`;
  if (Object.keys(batch).length === 0) return `${allowed}; found one without fields`;
  for (const name in batch) {
    const field = batch[name]!;
    if (typeof field !== 'object' || field === null || !('data' in field))
      return `${allowed}; found ${describeValue(field)} as '${name}'`;
    const problem = arrayProblem(field, `'${name}'`);
    if (problem) return `gave a batch whose field ${problem}`;
    if (count !== undefined && field.shape[0] !== count)
      return `was asked for ${count} examples, so each field must have ${count} rows; found '${name}' ${formOf(field)}`;
  }
  return undefined;
}
