import type {FileHandle} from 'node:fs/promises';
import type {Column} from '@uwdata/flechette';
import {UserError} from '../support/index.js';
import {DICTIONARY, headOf, type MessageHead, RECORD_BATCH, SCHEMA} from './arrow-head.js';
import {cantRead} from './cant-read.js';
import {openDataFile} from './data-files.js';

/** Before a message: four bytes 255 and the length of its head, int32. */
const FRAME_BYTES = 8;

/** A file in Arrow's other form has a stream behind these bytes, and a table of contents behind the stream. */
const FILE_MAGIC = Buffer.from('ARROW1\0\0');

/** A message may have more bytes only where the file is damaged. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The values of one column of an Arrow file, as Hugging Face's `datasets` writes them (an IPC stream): those of one record batch are in
 * memory at a time. A list of integers is a typed array, a text a string, an empty cell null.
 * @throws UserError naming the file, if it can't be read, is cut or of another form, or has no such column
 * @see {@link https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format | Arrow, IPC streaming format}
 */
export async function* arrowColumn(file: string, column: string): AsyncGenerator<unknown> {
  const before: Uint8Array[] = [];
  for await (const {bytes, kind, rows} of messagesOf(file)) {
    const isExpected = before.length === 0 ? kind === SCHEMA : kind === DICTIONARY || kind === RECORD_BATCH;
    if (!isExpected) throw damaged(file, `a message of kind ${kind} has no place there`);
    if (kind !== RECORD_BATCH) {
      before.push(bytes);
      continue;
    }
    yield* valuesOf(file, await columnOf(file, {messages: [...before, bytes], rows}, column));
  }
}

function damaged(file: string, why: string): UserError {
  return new UserError(`${file}: ${why}; the file is damaged, fetch or make it again`);
}

/** A record batch behind its schema and dictionaries. */
interface Batch {
  readonly messages: Uint8Array[];
  readonly rows: number;
}

async function columnOf(file: string, {messages, rows}: Batch, name: string): Promise<Column<unknown>> {
  const {tableFromIPC} = await import('@uwdata/flechette');
  const table = readable(file, () => tableFromIPC(messages));
  const column = table.getChild(name);
  if (!column) throw new UserError(`${file}: there is no column '${name}', only ${table.names.join(', ') || 'none'}`);
  if (column.length !== rows)
    throw damaged(file, `a record batch of ${rows} rows does not have as many in column '${name}'`);
  for (const cells of column.data) {
    requireValues(file, cells);
    if (CONSECUTIVE.has(column.type.typeId)) requireRisingOffsets(file, cells);
  }
  return column;
}

/** The types whose cells lie one after the other: bytes and texts (4, 5), lists (12), and the large ones of them (19 to 21). */
const CONSECUTIVE = new Set([4, 5, 12, 19, 20, 21]);

/** The types with a value a cell: entries of a dictionary (-1), integers (2), floats (3). */
const NUMERIC = new Set([-1, 2, 3]);

/** Lists that have as many values each. */
const FIXED_SIZE_LIST = 16;

/** Nothing (1), unions (14) and runs (22) don't say which cells are empty. */
const WITHOUT_VALIDITY = new Set([1, 14, 22]);

/** What flechette has of a column in a record batch; lists and texts have offsets. */
interface Cells {
  /** A list of fixed size has as many values as `stride` says. */
  readonly type: {readonly typeId: number; readonly stride?: number};
  readonly length: number;
  readonly nullCount: number;
  /** A bit a cell, where some are empty. */
  readonly validity?: ArrayLike<unknown>;
  /** Filled up behind those of the last cell. */
  readonly offsets?: ArrayLike<number | bigint>;
  /** Numbers, or the bytes of texts. */
  readonly values?: ArrayLike<unknown>;
  /** Those of lists: one. */
  readonly children?: readonly Cells[];
}

function requireValues(file: string, {type, length, nullCount, validity, values, children = []}: Cells): void {
  const known = 8 * (validity?.length ?? 0);
  if (nullCount > 0 && known < length && !WITHOUT_VALIDITY.has(type.typeId))
    throw damaged(file, `which of ${length} cells are empty is said of ${known}`);
  if (NUMERIC.has(type.typeId) && !(values && length <= values.length))
    throw damaged(file, `${length} cells of the column have ${values?.length ?? 0} values`);
  if (type.typeId === FIXED_SIZE_LIST && children[0]?.length !== length * type.stride!)
    throw damaged(file, `${length} lists of ${type.stride} values have ${children[0]?.length ?? 0}`);
  for (const child of children) requireValues(file, child);
}

/** Arrow has no checksums, but a cell begins where the one before it ends, within the values. */
function requireRisingOffsets(file: string, {length, offsets, values, children}: Cells): void {
  if (!offsets || length === 0) return;
  if (!(length < offsets.length)) throw damaged(file, `${length} cells of the column have ${offsets.length} ends`);
  const most = children?.[0]?.length ?? values?.length ?? 0;
  for (let i = 0; i <= length; i++)
    if (offsets[i]! < (offsets[i - 1] ?? 0) || offsets[i]! > most)
      throw damaged(file, `cell ${i} of the column ends at value ${offsets[i]} of ${most}`);
}

/** Each is converted when it is asked for. */
function* valuesOf(file: string, column: Column<unknown>): Generator<unknown> {
  const values = column[Symbol.iterator]();
  for (let next = readable(file, () => values.next()); !next.done; next = readable(file, () => values.next()))
    yield next.value;
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const {message} = cause as Error;
    const remedy = /compression/.test(message) ? '; save it without compression' : '';
    throw new UserError(`${file}: can't be read as an Arrow stream: ${message}${remedy}`, {cause});
  }
}

/** A message of a stream, with its frame: a record batch, or the schema or a dictionary of those after it. */
interface Message extends Pick<MessageHead, 'kind' | 'rows'> {
  readonly bytes: Uint8Array;
}

/** Each message is in memory of its own. */
async function* messagesOf(file: string): AsyncGenerator<Message> {
  let handle: FileHandle | undefined;
  try {
    handle = (await openDataFile(file)).handle;
    const first = await bytesAt(handle, file, 0, FRAME_BYTES);
    let at = FILE_MAGIC.equals(first) ? FRAME_BYTES : 0;
    for (;;) {
      const message = await messageAt(handle, file, at);
      if (!message) return;
      yield message;
      at += message.bytes.length;
    }
  } catch (cause) {
    throw cantRead(file, cause);
  } finally {
    await handle?.close();
  }
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
  const {kind, rows, bodyBytes} = checkedHead(file, at, head.subarray(FRAME_BYTES));
  return {kind, rows, bytes: await bytesAt(handle, file, at, head.length + bodyBytes)};
}

function checkedHead(file: string, at: number, {buffer, byteOffset, byteLength}: Uint8Array): MessageHead {
  try {
    return headOf(new DataView(buffer, byteOffset, byteLength));
  } catch (cause) {
    throw damaged(file, `the head of the message at byte ${at} is wrong: ${(cause as Error).message}`);
  }
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
