import type {HostBatch, NdArray, PackedBatches, Rows, Source} from '../../src/contract/index.js';

/** The pairs that are packed into rows. */
export interface PackingOptions {
  /** Reads `inputs` and `targets` [pairs, length] of pairs by number. */
  readonly tokens: Source;
  /** How many tokens a pair's source and target have, after each other: those that are packed. */
  readonly lengths: Uint16Array;
  /** Rows of a batch. */
  readonly batchSize: number;
  /** Tokens of a row. */
  readonly length: number;
}

/** Where a pair stands in a batch. */
interface Place {
  readonly row: number;
  readonly source: number;
  readonly target: number;
  /** From 1 on in each row. */
  readonly segment: number;
}

const FIELDS = ['inputs', 'inputsPosition', 'inputsSegmentation', 'targets', 'targetsPosition', 'targetsSegmentation'];

/**
 * Batches of rows that have as many pairs as fit, one after the other, as AlgoPerf packs them: a row ends where the next pair's source or
 * target does not fit, and after each `length` pairs. A sentence is packed as long as its number of tokens that are not 0, so that one
 * with unknown characters, whose number is that of padding, loses as many tokens at its end.
 *
 * Fields are `inputs` and `targets` [rows, length], of each the position within the sentence (`inputsPosition`) and the number of the
 * pair in its row, from 1 on (`inputsSegmentation`, 0 for padding), and `weights`, 1 where a target is not 0.
 */
export function packedPairs(options: PackingOptions): PackedBatches {
  const {tokens, length, batchSize} = options;
  return {
    // A sentence has a token at least, its end.
    most: batchSize * length,
    take: (rows, position) => placesOf(rows, position, options).length,
    async read(rows, _, __, position) {
      const places = placesOf(rows, position, options);
      return packed(await tokens.read(rows), rows, places, options);
    },
  };
}

/** The places of the first of some pairs, as many as a batch takes. */
function placesOf(rows: Rows, position: number, {lengths, batchSize, length}: PackingOptions): Place[] {
  const places: Place[] = [];
  let place: Place = {row: 0, source: 0, target: 0, segment: 1};
  for (const [i, pair] of rows.entries()) {
    const [source, target] = [lengths[2 * pair]!, lengths[2 * pair + 1]!];
    const isFull = place.source + source > length || place.target + target > length;
    const endsGroup = i > 0 && (position + i) % length === 0;
    if (isFull || endsGroup) place = {row: place.row + 1, source: 0, target: 0, segment: 1};
    if (place.row === batchSize) break;
    places.push(place);
    const {row, segment} = place;
    place = {row, source: place.source + source, target: place.target + target, segment: segment + 1};
  }
  return places;
}

function packed(pairs: HostBatch, rows: Rows, places: readonly Place[], options: PackingOptions): HostBatch {
  const {lengths, batchSize, length} = options;
  const shape = [batchSize, length];
  const fields = Object.fromEntries(
    FIELDS.map((name) => [name, {shape, dtype: 'int32' as const, data: new Int32Array(batchSize * length)}]),
  );
  for (const [i, place] of places.entries()) {
    const pair = rows[i]!;
    const counts = {inputs: lengths[2 * pair]!, targets: lengths[2 * pair + 1]!};
    for (const [name, offset] of [
      ['inputs', place.source],
      ['targets', place.target],
    ] as const) {
      const sentence = pairs[name]!.data.subarray(i * length, i * length + counts[name]);
      put(fields, {name, at: place.row * length + offset, sentence, segment: place.segment});
    }
  }
  return {
    ...fields,
    weights: {shape, dtype: 'float32', data: Float32Array.from(fields.targets!.data, (id) => Number(id > 0))},
  };
}

interface Placed {
  readonly name: 'inputs' | 'targets';
  readonly at: number;
  readonly sentence: NdArray['data'];
  readonly segment: number;
}

function put(fields: HostBatch, {name, at, sentence, segment}: Placed): void {
  fields[name]!.data.set(sentence, at);
  const [positions, segments] = [fields[`${name}Position`]!.data, fields[`${name}Segmentation`]!.data];
  for (let i = 0; i < sentence.length; i++) {
    positions[at + i] = i;
    // The unknown piece has padding's number, and counts as padding.
    segments[at + i] = sentence[i] === 0 ? 0 : segment;
  }
}
