import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

/** A scalar of an event file. */
export interface Scalar {
  readonly tag: string;
  readonly step: number;
  /** Of float32's precision. */
  readonly value: number;
}

/** What an event file of these tests' runs holds. */
export interface EventFile {
  readonly scalars: readonly Scalar[];
  /** Bytes of each picture, by tag. */
  readonly images: {readonly [tag: string]: Buffer};
  /** Tags of the HParams page. */
  readonly hparams: readonly string[];
}

/** The only event file in a folder. */
export function readEventFile(folder: string): EventFile {
  const [name, ...others] = readdirSync(folder).filter((each) => each.includes('tfevents'));
  if (name === undefined || others.length > 0) throw new Error(`${folder} has not one event file`);
  const scalars: Scalar[] = [];
  const images: {[tag: string]: Buffer} = {};
  const hparams: string[] = [];
  for (const record of recordsOf(readFileSync(join(folder, name)))) {
    const event = fieldsOf(record);
    const step = Number(event.get(2)?.[0] ?? 0);
    for (const summary of event.get(5) ?? [])
      for (const value of fieldsOf(summary as Buffer).get(1) ?? []) {
        const fields = fieldsOf(value as Buffer);
        const tag = String(fields.get(1)![0]);
        if (fields.has(2)) scalars.push({tag, step, value: (fields.get(2)![0] as Buffer).readFloatLE()});
        else if (fields.has(4)) images[tag] = fieldsOf(fields.get(4)![0] as Buffer).get(4)![0] as Buffer;
        else hparams.push(tag);
      }
  }
  return {scalars, images, hparams};
}

function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    records.push(file.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

/** The fields of a message of Protocol Buffers, by number: integers, or the bytes of all else. */
function fieldsOf(message: Buffer): Map<number, (bigint | Buffer)[]> {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Buffer => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const head = Number(varint());
    const [number, type] = [head >> 3, head & 7];
    const value = type === 0 ? varint() : bytes(type === 1 ? 8 : type === 5 ? 4 : Number(varint()));
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}
