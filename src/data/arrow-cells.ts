import type {DataType, Type} from '@uwdata/flechette';

/** What the columns of an Arrow file are made of. Arrow has no checksums: all that its parts say of one another is compared. */

const [INTEGER, LIST, FIXED_SIZE_LIST, LARGE_LIST] = [2, 12, 16, 21] as const;

/** What flechette has of a column of lists in a record batch. */
export interface ListCells extends Cells {
  /** A list of fixed size has as many values as `stride` says. */
  readonly type: {readonly typeId: number; readonly stride?: number};
  /** Where each list begins and ends, where they are of different size; filled up behind those of the last cell. */
  readonly offsets?: ArrayLike<number | bigint>;
  /** Their values: one. */
  readonly children: readonly IntegerCells[];
}

interface IntegerCells extends Cells {
  readonly values: ArrayLike<number | bigint>;
}

interface Cells {
  readonly length: number;
  readonly nullCount: number;
  /** A bit a cell, the lowest first, where some are empty. */
  readonly validity?: Uint8Array;
}

/**
 * Bytes, texts and floating-point numbers would be taken for integers where they are whole. Lists of 0 values take no memory, so that
 * there could be any number of them.
 */
export function isIntegerList(type: DataType): boolean {
  switch (type.typeId) {
    case LIST:
    case LARGE_LIST:
      return type.children[0].type.typeId === INTEGER;
    case FIXED_SIZE_LIST:
      return type.stride > 0 && type.children[0].type.typeId === INTEGER;
    default:
      return false;
  }
}

/** By Arrow's words. @param ids - those that flechette gives them */
export function nameOf(type: DataType, ids: typeof Type): string {
  const [kind] = Object.entries(ids).find(([, id]) => id === type.typeId)!;
  const name = type.typeId === FIXED_SIZE_LIST ? `${kind}(${type.stride})` : kind;
  const parts = partsOf(type);
  return parts.length === 0 ? name : `${name} of ${parts.map((part) => nameOf(part, ids)).join(', ')}`;
}

function partsOf(type: DataType): DataType[] {
  if ('dictionary' in type) return [type.dictionary];
  return 'children' in type ? type.children.map((child) => child.type) : [];
}

/** @throws RangeError saying what is wrong */
export function requireLists(cells: ListCells): void {
  const {type, length, offsets, children} = cells;
  const [values] = children as [IntegerCells];
  requireValidity(cells);
  requireValidity(values);
  if (!(values.length <= values.values.length))
    throw new RangeError(`${values.length} cells of the column have ${values.values.length} values`);
  if (type.typeId === FIXED_SIZE_LIST && values.length !== length * type.stride!)
    throw new RangeError(`${length} lists of ${type.stride} values have ${values.length}`);
  if (offsets && length > 0) requireRisingOffsets(offsets, length, values.length);
}

function requireValidity({length, nullCount, validity}: Cells): void {
  const known = 8 * (validity?.length ?? 0);
  if (nullCount > 0 && known < length) throw new RangeError(`which of ${length} cells are empty is said of ${known}`);
  let empty = 0;
  if (nullCount > 0) for (let i = 0; i < length; i++) empty += 1 - ((validity![i >> 3]! >> (i & 7)) & 1);
  if (empty !== nullCount) throw new RangeError(`of ${length} cells ${empty} are empty, and not ${nullCount}`);
}

/** A cell begins where the one before it ends, within the values. */
function requireRisingOffsets(offsets: ArrayLike<number | bigint>, length: number, most: number): void {
  if (!(length < offsets.length)) throw new RangeError(`${length} cells of the column have ${offsets.length} ends`);
  for (let i = 0; i <= length; i++)
    if (offsets[i]! < (offsets[i - 1] ?? 0) || offsets[i]! > most)
      throw new RangeError(`cell ${i} of the column ends at value ${offsets[i]} of ${most}`);
}
