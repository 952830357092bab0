import {createHash} from 'node:crypto';

/** The share of the bytes that are held out for validation: a tenth at most, as AlgoPerf. */
const VALIDATION_SHARE = 0.1;

/** What a document's split depends on. */
export interface DocumentSize {
  /** Of its content: {@link documentDigest}. */
  readonly digest: number;
  readonly bytes: number;
}

/** A number in [0, 2^48) that is a function of a document's bytes. */
export function documentDigest(bytes: Uint8Array): number {
  return createHash('sha256').update(bytes).digest().readUIntBE(0, 6);
}

/**
 * Which documents are held out for validation, as a function of their contents: documents that are equal are in one split, and the
 * order of the files does not count. In the order of their digests they are taken as long as they fit into a tenth of the bytes; where
 * none does, the smallest is.
 * @param documents - with two different ones at least
 * @returns 1 for validation, 0 for training
 * @throws RangeError if all are equal
 */
export function splitDocuments(documents: readonly DocumentSize[]): Uint8Array {
  const groups = new Map<number, number>();
  for (const {digest, bytes} of documents) groups.set(digest, (groups.get(digest) ?? 0) + bytes);
  if (groups.size < 2) throw new RangeError('there must be at least two different documents');
  const room = VALIDATION_SHARE * documents.reduce((sum, {bytes}) => sum + bytes, 0);
  const held = new Set<number>();
  let taken = 0;
  for (const [digest, bytes] of [...groups].sort(([a], [b]) => a - b)) {
    if (taken + bytes > room) continue;
    taken += bytes;
    held.add(digest);
  }
  if (held.size === 0) held.add([...groups].reduce((least, each) => (each[1] < least[1] ? each : least))[0]);
  return Uint8Array.from(documents, ({digest}) => Number(held.has(digest)));
}
