import {PbfReader} from 'pbf';
import {withDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {END, type Vocabulary} from './tokenizer.js';

/** More bytes of a model are not read: one of 32,000 pieces has 800,000. */
const MOST_BYTES = 2 ** 26;

/**
 * Looks at a SentencePiece model.
 * @throws UserError naming the file, if it can't be read or is none, or its end of a sentence is not piece 2
 */
export async function readVocabulary(path: string): Promise<Vocabulary> {
  const pieces = piecesOf(await withDataFile(path, ({start}) => start(MOST_BYTES)));
  if (pieces.length === 0)
    throw new UserError(`${path}: it is no SentencePiece model, or it is damaged; fetch or make it again`);
  if (pieces[END] !== '</s>')
    throw new UserError(
      `${path}: piece ${END} must be the end of a sentence, </s>, found ${pieces[END] ?? 'none'}; train it with SentencePiece's default numbers of control pieces`,
    );
  return {path, size: pieces.length};
}

/**
 * The pieces of a serialized ModelProto: in its field 1, messages with the piece as field 1. None, if it can't be read, or if the map of
 * its normalizer, field 2 of the message in field 3, can't be one.
 */
function piecesOf(model: Uint8Array): string[] {
  const reader = new PbfReader(model);
  const pieces: string[] = [];
  let isSound = true;
  const readPiece = (tag: number): void => {
    if (tag === 1) pieces.push(reader.readString());
  };
  const readNormalizer = (tag: number): void => {
    if (tag === 2) isSound = isCharacterMap(reader.readBytes());
  };
  const readField = (tag: number): void => {
    if (tag === 1) reader.readMessage(readPiece, {});
    else if (tag === 3) reader.readMessage(readNormalizer, {});
  };
  try {
    reader.readFields(readField, {});
  } catch {
    return [];
  }
  return isSound && reader.pos === model.length ? pieces : [];
}

/** A map, where there is one, begins with the size of its trie, uint32, in units of 1,024 bytes; SentencePiece for Python checks that. */
function isCharacterMap({buffer, byteOffset, length}: Uint8Array): boolean {
  if (length === 0) return true;
  if (length < 4) return false;
  const size = new DataView(buffer, byteOffset, length).getUint32(0, true);
  return size > 0 && size % 1024 === 0 && size <= length - 4;
}
