import {crc32, deflateRawSync} from 'node:zlib';

/** A member of an archive made for a test. */
export interface TestMember {
  readonly path: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
  readonly executable?: boolean;
  /** States the member's numbers in a 64-bit extra field, as archives of members above 4 GB do. */
  readonly large?: boolean;
}

/** A zip archive in memory. */
export function makeZip(members: readonly TestMember[]): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = Buffer.from(member.content);
    const packed = member.stored ? content : deflateRawSync(content);
    const name = Buffer.from(member.path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(member.stored ? 0 : 8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    // A local header's extra field has another length than the directory's: readers must not mix them up.
    const localExtra = Buffer.from([0xfe, 0xca, 2, 0, 1, 2]);
    const local = Buffer.from(common);
    local.writeUInt16LE(localExtra.length, 24);
    const body = Buffer.concat([signature(0x04034b50), local, name, localExtra, packed]);
    entries.push(directoryEntry(member, common, name, {packed: packed.length, size: content.length, offset}));
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, directory, signature(0x06054b50), end]);
}

function directoryEntry(
  member: TestMember,
  common: Buffer,
  name: Buffer,
  {packed, size, offset}: {packed: number; size: number; offset: number},
): Buffer {
  const extra = member.large ? Buffer.alloc(28) : Buffer.alloc(0);
  const head = Buffer.from(common);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(((member.executable ? 0o100755 : 0o100644) << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  if (member.large) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    [size, packed, offset].forEach((number, i) => {
      extra.writeBigUInt64LE(BigInt(number), 4 + 8 * i);
    });
    head.writeUInt32LE(0xffffffff, 14);
    head.writeUInt32LE(0xffffffff, 18);
    tail.writeUInt32LE(0xffffffff, 10);
  }
  head.writeUInt16LE(extra.length, 24);
  return Buffer.concat([signature(0x02014b50), Buffer.from([20, 3]), head, tail, name, extra]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
