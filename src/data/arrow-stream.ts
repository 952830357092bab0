import type {FileHandle} from 'node:fs/promises';
import type {Column, Table} from '@uwdata/flechette';
import {UserError} from '../support/index.js';
import {isIntegerList, type ListCells, nameOf, requireLists} from './arrow-cells.js';
import {DICTIONARY, headOf, type MessageHead, RECORD_BATCH, SCHEMA} from './arrow-head.js';
import {cantRead} from './cant-read.js';
import {openDataFile} from './data-files.js';

/** Before a message: four bytes 255 and the length of its head, int32. */
const FRAME_BYTES = 8;

/** A file in Arrow's other form has a stream behind these bytes, and a table of contents behind the stream. */
const FILE_MAGIC = Buffer.from('ARROW1\0\0');

/** At the end of a file in that form: the length of the table, int32, and six letters. */
const END_BYTES = 10;

/** Between a stream's end and the table there may be as many bytes, which align the table. A message would take more. */
const MOST_PADDING = 64;

/** A message may have more bytes only where the file is damaged. */
const MOST_BYTES = 2 ** 31 - 1;

/** A cell with a list of integers, or an empty one. */
type List = ArrayLike<number | bigint | null> | null;

/**
 * The lists of integers in one column of an Arrow file, as Hugging Face's `datasets` writes them (an IPC stream): those of one record
 * batch are in memory at a time. A list is a typed array, or an array where one of its values is empty (null); an empty cell is null.
 * @throws UserError naming the file, if it can't be read, is cut or of another form, or has no such column
 * @see {@link https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format | Arrow, IPC streaming format}
 */
export async function* arrowLists(file: string, column: string): AsyncGenerator<List> {
  let schema: Uint8Array | undefined;
  const known = new Set<number>();
  // Of other columns, whose values are not looked at: the first of each is enough to read a batch at all.
  const firsts = new Map<number, Uint8Array>();
  for await (const {bytes, kind, rows, dictionaries} of messagesOf(file)) {
    const isExpected = schema ? kind === DICTIONARY || kind === RECORD_BATCH : kind === SCHEMA;
    if (!isExpected) throw damaged(file, `a message of kind ${kind} has no place there`);
    schema ??= bytes;
    for (const id of dictionaries) {
      if (kind === SCHEMA) known.add(id);
      else if (!known.has(id)) throw damaged(file, `no column has the dictionary ${id}`);
      else if (!firsts.has(id)) firsts.set(id, bytes);
    }
    const at = {file, column};
    if (kind === SCHEMA) await requireColumn(at, await tableOf(at, [schema]));
    const messages = [schema, ...firsts.values(), bytes];
    if (kind === RECORD_BATCH) yield* valuesOf(at, await cellsOf(at, {messages, rows}));
  }
}

function damaged(file: string, why: string): UserError {
  return new UserError(`${file}: ${why}; the file is damaged, fetch or make it again`);
}

/** What something wrong in a file makes a RangeError is told as damage of it. */
function orDamaged<T>(file: string, before: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(file, `${before}${(cause as Error).message}`);
  }
}

/** Where lists are read. */
interface Place {
  readonly file: string;
  readonly column: string;
}

/** @param messages - a schema, and a record batch behind its dictionaries */
async function tableOf(at: Place, messages: Uint8Array[]): Promise<Table> {
  const {tableFromIPC} = await import('@uwdata/flechette');
  return readable(at, () => tableFromIPC(messages, {useBigInt: true}));
}

/** @param table - of no record batch: its schema */
async function requireColumn({file, column}: Place, {schema}: Table): Promise<void> {
  const names = schema.fields.map(({name}) => name);
  const [field, another] = schema.fields.filter(({name}) => name === column);
  if (!field) throw new UserError(`${file}: there is no column '${column}', only ${names.join(', ') || 'none'}`);
  if (another) throw new UserError(`${file}: there are several columns '${column}'; leave one of them`);
  if (isIntegerList(field.type)) return;
  const {Type} = await import('@uwdata/flechette');
  throw new UserError(
    `${file}: column '${column}' is of type ${nameOf(field.type, Type)}; it must be of lists of integers`,
  );
}

/** A record batch behind its schema and dictionaries. */
interface Batch {
  readonly messages: Uint8Array[];
  readonly rows: number;
}

async function cellsOf(at: Place, {messages, rows}: Batch): Promise<Column<List>> {
  const {file, column} = at;
  const cells = (await tableOf(at, messages)).getChild(column) as Column<List>;
  if (cells.length !== rows)
    throw damaged(file, `a record batch of ${rows} rows does not have as many in column '${column}'`);
  for (const part of cells.data) orDamaged(file, '', () => requireLists(part as unknown as ListCells));
  return cells;
}

/** Each is converted when it is asked for. */
function* valuesOf(at: Place, cells: Column<List>): Generator<List> {
  const values = cells[Symbol.iterator]();
  for (let next = readable(at, () => values.next()); !next.done; next = readable(at, () => values.next()))
    yield next.value;
}

/** What the library can't read is damaged, or of a kind that it does not know, in whatever column. */
function readable<T>({file, column}: Place, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const {message} = cause as Error;
    throw new UserError(
      `${file}: can't be read as an Arrow stream: ${message}; if the file is whole, save its column '${column}' alone, without compression`,
      {cause},
    );
  }
}

/** A message of a stream, with its frame: a record batch, or the schema or a dictionary of those after it. */
interface Message extends Omit<MessageHead, 'bodyBytes'> {
  readonly bytes: Uint8Array;
}

/** Each message is in memory of its own. */
async function* messagesOf(file: string): AsyncGenerator<Message> {
  let handle: FileHandle | undefined;
  try {
    handle = (await openDataFile(file)).handle;
    const first = await bytesAt(handle, file, 0, FRAME_BYTES);
    const isStream = !FILE_MAGIC.equals(first);
    let at = isStream ? 0 : FRAME_BYTES;
    for (let message = await messageAt(handle, file, at); message; message = await messageAt(handle, file, at)) {
      yield message;
      at += message.bytes.length;
    }
    await requireEnd(handle, file, {at: at + FRAME_BYTES, isStream});
  } catch (cause) {
    throw cantRead(file, cause);
  } finally {
    await handle?.close();
  }
}

/** Behind a stream is nothing, or in Arrow's other form the table of contents, its length and the form's name. */
async function requireEnd(
  handle: FileHandle,
  file: string,
  {at, isStream}: {at: number; isStream: boolean},
): Promise<void> {
  const {size} = await handle.stat();
  const behind = size - at;
  if (isStream && behind > 0)
    throw new UserError(
      `${file}: ${behind} bytes lie behind the stream's end; if they are another stream, make a file of each`,
    );
  if (isStream) return;
  const end = Buffer.from(await bytesAt(handle, file, Math.max(0, size - END_BYTES), END_BYTES));
  const between = behind - end.readInt32LE(0) - END_BYTES;
  if (!(end.toString('latin1', 4) === 'ARROW1' && between >= 0 && between <= MOST_PADDING))
    throw damaged(file, `${behind} bytes behind the stream's end are no table of contents`);
}

/** @returns undefined at the stream's end */
async function messageAt(handle: FileHandle, file: string, at: number): Promise<Message | undefined> {
  const frame = Buffer.from(await bytesAt(handle, file, at, FRAME_BYTES));
  if (frame.readUInt32LE(0) !== 0xffffffff)
    throw new UserError(
      `${file}: byte ${at} should begin a message of an Arrow stream; the file is damaged or of another form`,
    );
  const headBytes = frame.readUInt32LE(4);
  if (headBytes === 0) return undefined;
  const head = await bytesAt(handle, file, at, FRAME_BYTES + headBytes);
  const {buffer, byteOffset, byteLength} = head.subarray(FRAME_BYTES);
  const read = () => headOf(new DataView(buffer, byteOffset, byteLength));
  const {bodyBytes, ...others} = orDamaged(file, `the head of the message at byte ${at} is wrong: `, read);
  return {...others, bytes: await bytesAt(handle, file, at, head.length + bodyBytes)};
}

async function bytesAt(handle: FileHandle, file: string, at: number, length: number): Promise<Uint8Array> {
  if (!(length >= 0 && length <= MOST_BYTES))
    throw new UserError(
      `${file}: the message at byte ${at} can't have ${length} bytes; the file is damaged, fetch or make it again`,
    );
  if (at + length > (await handle.stat()).size)
    throw new UserError(
      `${file}: the file is cut: it ends within a message, or without the stream's end; fetch or make it again`,
    );
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const {bytesRead} = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new UserError(`${file}: it has become shorter meanwhile`);
    done += bytesRead;
  }
  return bytes;
}
