/** What the head of an Arrow message says. Nothing of it is taken that does not lie within the head and the message's body. */

/** The kinds of messages. */
export const [SCHEMA, DICTIONARY, RECORD_BATCH] = [1, 2, 3] as const;

/** The kinds of types about which more must be known, and how many digits the largest decimal has. */
const [DECIMAL, UNION, MOST_DIGITS] = [7, 14, 76];

/** Buffers begin at multiples of so many bytes. */
const ALIGNMENT = 8;

/** What of a message its head says. */
export interface MessageHead {
  readonly kind: number;
  /** Of a record batch; 0 of others. */
  readonly rows: number;
  readonly bodyBytes: number;
  /** The numbers of dictionaries: of a schema those that its fields have, of a dictionary its own. */
  readonly dictionaries: readonly number[];
}

/** Behind the last buffer of a body there may be fewer bytes, which align what follows. A message would take more. */
const BODY_ALIGNMENT = 64;

/** How many bytes an entry of a vector has. */
const [TABLE_BYTES, ID_BYTES, NODE_BYTES, BUFFER_BYTES, COUNT_BYTES] = [4, 4, 16, 16, 8];

/**
 * Reads a head by the rules of FlatBuffers. The fields' numbers are those of Arrow's schemas.
 * @throws RangeError saying what is wrong
 * @see {@link https://github.com/apache/arrow/blob/main/format/Message.fbs | Arrow, Message.fbs} and Schema.fbs
 */
export function headOf(head: DataView): MessageHead {
  const table = follow(head, 0);
  const kind = uint8At(head, placeOf(head, table, 1));
  const bodyBytes = int64At(head, placeOf(head, table, 3));
  const header = tableOf(head, table, 2);
  const message = {kind, bodyBytes, rows: 0, dictionaries: []};
  switch (kind) {
    case SCHEMA:
      if (int16At(head, placeOf(head, header, 0)) !== 0) throw new RangeError('its numbers are big-endian');
      return {...message, dictionaries: dictionariesOf(head, requireFields(head, header, 1))};
    case DICTIONARY:
      requireBatch(head, tableOf(head, header, 1), bodyBytes);
      return {...message, dictionaries: [int64At(head, placeOf(head, header, 0))]};
    case RECORD_BATCH:
      requireBatch(head, header, bodyBytes);
      return {...message, rows: int64At(head, placeOf(head, header, 0))};
    default:
      return message;
  }
}

/**
 * Of a schema, and of a field that has children.
 * @param known - the fields so far: one that is another's child as well would be read once for each way to it
 * @returns the same, with those that were found
 */
function requireFields(head: DataView, table: number, field: number, known = new Set<number>()): ReadonlySet<number> {
  const {at, count} = vectorOf(head, table, field, TABLE_BYTES);
  for (let i = 0; i < count; i++) {
    const child = follow(head, at + TABLE_BYTES * i);
    if (known.has(child)) throw new RangeError(`byte ${child} is a field in two places`);
    known.add(child);
    requireType(head, child);
    requireFields(head, child, 5, known);
  }
  vectorOf(head, table, field + 1, TABLE_BYTES);
  return known;
}

function dictionariesOf(head: DataView, fields: ReadonlySet<number>): number[] {
  const encodings = [...fields].map((field) => placeOf(head, field, 4)).filter((place) => place > 0);
  return encodings.map((place) => int64At(head, placeOf(head, follow(head, place), 0)));
}

/** Of a field: what is computed of its type when the schema is read, of whatever column. */
function requireType(head: DataView, field: number): void {
  const kind = uint8At(head, placeOf(head, field, 2));
  if (kind === 0) throw new RangeError(`the field at byte ${field} has no type`);
  if (kind === UNION) vectorOf(head, tableOf(head, field, 3), 1, ID_BYTES);
  if (kind === DECIMAL) {
    const place = placeOf(head, tableOf(head, field, 3), 1);
    const scale = place ? head.getInt32(place, true) : 0;
    if (Math.abs(scale) > MOST_DIGITS) throw new RangeError(`a decimal has a scale of ${scale}`);
  }
}

/** Of a record batch or a dictionary: how many cells its columns have, and where in the body their buffers lie. */
function requireBatch(head: DataView, batch: number, bodyBytes: number): void {
  const rows = int64At(head, placeOf(head, batch, 0));
  const nodes = vectorOf(head, batch, 1, NODE_BYTES);
  for (let i = 0; i < nodes.count; i++) {
    const [length, empty] = pairAt(head, nodes.at + NODE_BYTES * i);
    if (!(0 <= empty && empty <= length)) throw new RangeError(`of ${length} cells ${empty} can't be empty`);
    if (i === 0 && length !== rows) throw new RangeError(`${rows} rows have ${length} cells in the first column`);
  }
  const buffers = vectorOf(head, batch, 2, BUFFER_BYTES);
  let end = 0;
  for (let i = 0; i < buffers.count; i++) {
    const [offset, length] = pairAt(head, buffers.at + BUFFER_BYTES * i);
    if (!(offset >= 0 && length >= 0 && offset + length <= bodyBytes))
      throw new RangeError(`${length} bytes at byte ${offset} don't lie in a body of ${bodyBytes} bytes`);
    // Nothing may lie anywhere.
    if (length === 0) continue;
    if (offset % ALIGNMENT !== 0)
      throw new RangeError(`values can't begin at byte ${offset}, only at multiples of ${ALIGNMENT}`);
    if (offset < end) throw new RangeError(`values begin at byte ${offset}, and those before them end at byte ${end}`);
    end = offset + length;
  }
  if (bodyBytes - end >= BODY_ALIGNMENT)
    throw new RangeError(`a body of ${bodyBytes} bytes has values in the first ${end} alone`);
  vectorOf(head, batch, 4, COUNT_BYTES);
}

/** Where the entries of a vector begin and how many there are; none where the table has no such field. */
function vectorOf(head: DataView, table: number, field: number, entryBytes: number): {at: number; count: number} {
  const place = placeOf(head, table, field);
  if (!place) return {at: 0, count: 0};
  const vector = follow(head, place);
  const [at, count] = [vector + 4, head.getUint32(vector, true)];
  if (at + count * entryBytes > head.byteLength)
    throw new RangeError(`${count} entries of ${entryBytes} bytes don't lie in a head of ${head.byteLength} bytes`);
  return {at, count};
}

function tableOf(head: DataView, table: number, field: number): number {
  const place = placeOf(head, table, field);
  if (!place) throw new RangeError('a message of no content');
  return follow(head, place);
}

/** Where what is referred to lies: always behind the reference. */
function follow(head: DataView, place: number): number {
  const offset = head.getUint32(place, true);
  if (!(offset > 0 && place + offset < head.byteLength))
    throw new RangeError(`byte ${place} refers to byte ${place + offset} of a head of ${head.byteLength} bytes`);
  return place + offset;
}

/** Where a field of a table lies; 0 where it has its default. */
function placeOf(head: DataView, table: number, field: number): number {
  const fields = table - head.getInt32(table, true);
  const entry = 4 + 2 * field;
  const offset = head.getUint16(fields, true) > entry ? head.getUint16(fields + entry, true) : 0;
  return offset && table + offset;
}

function pairAt(head: DataView, place: number): [number, number] {
  return [int64At(head, place), int64At(head, place + 8)];
}

/** @returns 0 where the field has its default */
function uint8At(head: DataView, place: number): number {
  return place ? head.getUint8(place) : 0;
}

/** @returns 0 where the field has its default */
function int16At(head: DataView, place: number): number {
  return place ? head.getInt16(place, true) : 0;
}

/** @returns 0 where the field has its default */
function int64At(head: DataView, place: number): number {
  return place ? Number(head.getBigInt64(place, true)) : 0;
}
