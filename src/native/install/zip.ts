import {createReadStream, createWriteStream, mkdirSync, writeFileSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createInflateRaw} from 'node:zlib';

/** One member of a zip archive. */
export interface ZipMember {
  readonly path: string;
  /** Bytes once unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly compressed: boolean;
  readonly executable: boolean;
  /** Where the member's local header stands in the archive. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_HEADER_BYTES = 30;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
/** Stands where a number does not fit in 32 bits; the number is then in an extra field. */
const ELSEWHERE = 0xffffffff;

/**
 * The members of a zip archive, without reading their contents. Members above 4 GB are understood.
 * @throws Error if the file is no zip archive, or one of a kind that wheels never are (split, encrypted, over 65,534 members)
 * @see {@link https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT | APPNOTE}, sections 4.3 and 4.5.3
 */
export async function zipMembers(archive: string): Promise<ZipMember[]> {
  const file = await open(archive);
  try {
    const directory = await readDirectory(file);
    const members: ZipMember[] = [];
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE; ) {
      const lengths = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
      members.push(memberAt(directory, at, lengths[0]!, lengths[1]!));
      at += 46 + lengths[0]! + lengths[1]! + lengths[2]!;
    }
    return members;
  } finally {
    await file.close();
  }
}

/**
 * Unpacks one member to `<folder>/<its path>`.
 * @param onBytes - called with the number of bytes as they are written
 * @throws Error if what is unpacked has not the size that the archive states
 */
export async function unpackMember(
  archive: string,
  member: ZipMember,
  folder: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const start = await contentStart(archive, member);
  const target = join(folder, member.path);
  mkdirSync(dirname(target), {recursive: true});
  let written = 0;
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const bytes of source) {
      written += bytes.length;
      onBytes(bytes.length);
      yield bytes;
    }
  };
  const mode = member.executable ? 0o755 : 0o644;
  if (member.packedSize === 0) writeFileSync(target, '', {mode});
  else {
    const input = createReadStream(archive, {start, end: start + member.packedSize - 1, highWaterMark: 1 << 20});
    const output = createWriteStream(target, {mode});
    if (member.compressed) await pipeline(input, createInflateRaw({chunkSize: 1 << 18}), counted, output);
    else await pipeline(input, counted, output);
  }
  if (written !== member.size) throw new Error(`${archive}: ${member.path} has ${written} bytes, not ${member.size}`);
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
  const {size} = await file.stat();
  const tail = await readAt(file, Math.max(0, size - END_BYTES - 0xffff), Math.min(size, END_BYTES + 0xffff));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || tail.length - end < END_BYTES || tail.readUInt32LE(end) !== END_SIGNATURE) {
    throw new Error('not a zip archive, or its end is missing');
  }
  const [count, bytes, offset] = [
    tail.readUInt16LE(end + 10),
    tail.readUInt32LE(end + 12),
    tail.readUInt32LE(end + 16),
  ];
  if (count === 0xffff || offset === ELSEWHERE)
    throw new Error('a zip archive of more members or bytes than wheels have');
  return readAt(file, offset, bytes);
}

function memberAt(directory: Buffer, at: number, nameLength: number, extraLength: number): ZipMember {
  const [flags, method] = [directory.readUInt16LE(at + 8), directory.readUInt16LE(at + 10)];
  const nameEnd = at + 46 + nameLength;
  const path = directory.toString('utf8', at + 46, nameEnd);
  if (flags & 1 || (method !== STORED && method !== DEFLATED))
    throw new Error(`${path} is packed in a way wheels are not`);
  const extra = largeNumbers(directory.subarray(nameEnd, nameEnd + extraLength));
  // The extra field holds, in this order, only the numbers that did not fit.
  const number = (field: number): number => {
    const small = directory.readUInt32LE(at + field);
    return small === ELSEWHERE ? extra.shift()! : small;
  };
  const size = number(24);
  const packedSize = number(20);
  const offset = number(42);
  const executable = ((directory.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0;
  return {path, size, packedSize, compressed: method === DEFLATED, executable, offset};
}

/** The 64-bit numbers of extra field 1, in their order. */
function largeNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const count = Math.floor(extra.readUInt16LE(at + 2) / 8);
    return Array.from({length: count}, (_, i) => Number(extra.readBigUInt64LE(at + 4 + 8 * i)));
  }
  return [];
}

/** The local header repeats the name, with an extra field of another length than the directory's. */
async function contentStart(archive: string, {offset}: ZipMember): Promise<number> {
  const file = await open(archive);
  try {
    const header = await readAt(file, offset, LOCAL_HEADER_BYTES);
    return offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
