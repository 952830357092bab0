import {PbfReader} from 'pbf';

/** The values of a feature, in their order: byte strings, or numbers (floats, or integers of up to 53 bits exactly). */
export type FeatureValues = readonly Uint8Array[] | readonly number[];

/** The features of a `tf.train.Example` by name. */
export interface TfExample {
  readonly [feature: string]: FeatureValues;
}

/**
 * Parses a serialized `tf.train.Example`. Byte strings are views of `record`.
 * @throws Error saying that it is none
 * @see {@link https://www.tensorflow.org/tutorials/load_data/tfrecord | TFRecord and tf.train.Example}
 */
export function parseTfExample(record: Uint8Array): TfExample {
  const reader = new PbfReader(record);
  const features: {[name: string]: FeatureValues} = {};
  try {
    reader.readFields(
      (tag) => tag === 1 && message(reader, (inner) => inner === 1 && addFeature(reader, features)),
      {},
    );
  } catch (cause) {
    throw new Error('it is no tf.train.Example', {cause});
  }
  return features;
}

/** Reads an embedded message. @throws RangeError if it, or a field of it, goes on past its end */
function message(reader: PbfReader, readField: (tag: number) => unknown): void {
  const end = reader.readVarint() + reader.pos;
  reader.readFields((tag) => void readField(tag), {}, end);
  if (end > reader.length || reader.pos !== end) throw new RangeError('a message ends elsewhere than its length says');
}

/** An entry of the map from names to features. */
function addFeature(reader: PbfReader, features: {[name: string]: FeatureValues}): void {
  let name = '';
  let values: FeatureValues = [];
  message(reader, (tag) => {
    if (tag === 1) name = reader.readString();
    else if (tag === 2) message(reader, (kind) => (values = valuesOf(reader, kind)));
  });
  features[name] = values;
}

/** A bytes, float or int64 list, which each have their values in field 1. */
function valuesOf(reader: PbfReader, kind: number): FeatureValues {
  const bytes: Uint8Array[] = [];
  const numbers: number[] = [];
  message(reader, (tag) => {
    if (tag !== 1) return;
    if (kind === 1) bytes.push(reader.readBytes());
    else if (kind === 2) reader.readPackedFloat(numbers);
    else if (kind === 3) reader.readPackedVarint(numbers, true);
  });
  return kind === 1 ? bytes : numbers;
}

/**
 * The only byte string of a feature.
 * @throws Error naming the feature, if there is none of that name or it is not one byte string
 */
export function bytesFeature(example: TfExample, name: string): Uint8Array {
  const values = requireFeature(example, name);
  if (values.length === 1 && values[0] instanceof Uint8Array) return values[0];
  throw new Error(`its feature '${name}' must be one byte string`);
}

/**
 * The numbers of a feature; none, if it is empty.
 * @throws Error naming the feature, if there is none of that name or it has byte strings
 */
export function numbersFeature(example: TfExample, name: string): readonly number[] {
  const values = requireFeature(example, name);
  if (typeof values[0] !== 'object') return values as readonly number[];
  throw new Error(`its feature '${name}' must have numbers, found byte strings`);
}

function requireFeature(example: TfExample, name: string): FeatureValues {
  if (Object.hasOwn(example, name)) return example[name]!;
  throw new Error(`it has no feature '${name}', only ${Object.keys(example).join(', ') || 'none'}`);
}
