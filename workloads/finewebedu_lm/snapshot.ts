import {dirname, join, sep} from 'node:path';
import {PbfReader} from 'pbf';
import {recordCount, recordIndex, recordsOf, withDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';

/** The file that says what a data set saved by tf.data (`Dataset.save`) has, in the folder that was named to it. */
export const SNAPSHOT_METADATA = 'snapshot.metadata';

/** More bytes of it are not read. */
const MOST_BYTES = 65_536;

/** TensorFlow's numbers of types, and the bytes of a value. */
const INTEGERS = new Map([
  [3, 4],
  [9, 8],
]);

/**
 * The files of a data set saved by tf.data, in order.
 * @param metadata - path of its `snapshot.metadata`
 * @param among - paths of the files that there are
 * @throws UserError if it was not saved to its end, a file is missing, cut or packed, or it has other than lists of integers
 */
export async function snapshotFiles(metadata: string, among: readonly string[]): Promise<string[]> {
  const {run, types, elements, isFinished} = metadataOf(await withDataFile(metadata, ({start}) => start(MOST_BYTES)));
  if (!isFinished || elements < 1)
    throw new UserError(`${metadata}: the data set was not saved to its end, or the file is damaged; save it again`);
  if (types.length !== 1 || !INTEGERS.has(types[0]!))
    throw new UserError(
      `${metadata}: an element must be one tensor of int32 or int64, found types ${types.join(', ')}`,
    );
  const folder = join(dirname(metadata), run);
  const files = among.filter((file) => file.startsWith(folder + sep) && file.endsWith('.snapshot'));
  let found = 0;
  for (const file of files) {
    await requireUnpacked(file);
    found += recordCount(await recordIndex(file));
  }
  if (found !== elements)
    throw new UserError(
      `${folder}: its .snapshot files must have ${elements} elements, found ${found}; is one missing?`,
    );
  return files;
}

async function requireUnpacked(file: string): Promise<void> {
  const [first, second] = await withDataFile(file, ({start}) => start(2));
  if (first === 0x1f && second === 0x8b)
    throw new UserError(`${file}: it is packed by gzip; save the data set without compression`);
}

/** What is read of TensorFlow's message `SnapshotMetadataRecord`; not finished where it is none. */
function metadataOf(bytes: Uint8Array) {
  const reader = new PbfReader(bytes);
  const found = {run: '', types: [] as number[], elements: 0, isFinished: false};
  try {
    reader.readFields((tag) => {
      if (tag === 2) found.run = reader.readString();
      else if (tag === 5) reader.readPackedVarint(found.types);
      else if (tag === 6) found.elements = reader.readVarint();
      else if (tag === 1000) found.isFinished = reader.readBoolean();
    }, {});
  } catch {
    found.isFinished = false;
  }
  return found;
}

/**
 * The elements of a file of a saved data set: lists of integers.
 * @throws UserError naming the file that can't be read, or the record that is damaged
 */
export async function* snapshotElements(file: string): AsyncGenerator<ArrayLike<number>> {
  yield* recordsOf(await recordIndex(file), integersOf);
}

/** The values of a serialized `TensorProto`. @throws Error saying what is wrong with it */
function integersOf(record: Uint8Array): ArrayLike<number> {
  const reader = new PbfReader(record);
  let type = 0;
  let content: Uint8Array = new Uint8Array();
  reader.readFields((tag) => {
    if (tag === 1) type = reader.readVarint();
    else if (tag === 4) content = reader.readBytes();
  }, {});
  const width = INTEGERS.get(type);
  if (width === undefined || content.length % width !== 0) throw new Error('it is no list of int32 or int64');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const valueAt =
    width === 4 ? (at: number) => view.getInt32(at, true) : (at: number) => Number(view.getBigInt64(at, true));
  return Float64Array.from({length: content.length / width}, (_, i) => valueAt(i * width));
}
