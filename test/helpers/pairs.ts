import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {bytesField, floatField, intField, tfRecord} from '../../src/support/index.js';

/** A sentence and its translation. */
export type Pair = readonly [de: string, en: string];

/** A serialized `tf.train.Example` of a pair. */
export function pairRecord([de, en]: Pair): Buffer {
  const feature = (name: string, text: string | Uint8Array) =>
    bytesField(1, Buffer.concat([bytesField(1, name), bytesField(2, bytesField(1, bytesField(1, text)))]));
  return bytesField(1, Buffer.concat([feature('de', de), feature('en', en)]));
}

/** Writes a data set as TensorFlow Datasets does, one file a list of pairs. @returns the paths of the files */
export function writeTfds(
  folder: string,
  name: string,
  splits: {readonly [split: string]: readonly Pair[][]},
): string[] {
  mkdirSync(folder, {recursive: true});
  const digits = (number: number) => `${number}`.padStart(5, '0');
  const described = Object.entries(splits).map(([split, files]) => ({
    name: split,
    shardLengths: files.map(({length}) => `${length}`),
  }));
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({name, fileFormat: 'tfrecord', splits: described}));
  return Object.entries(splits).flatMap(([split, files]) =>
    files.map((pairs, i) => {
      const file = join(folder, `${name}-${split}.tfrecord-${digits(i)}-of-${digits(files.length)}`);
      writeFileSync(file, Buffer.concat(pairs.map((pair) => tfRecord(pairRecord(pair)))));
      return file;
    }),
  );
}

/** The pieces of {@link writeVocabulary} after unknown, begin and end: words' beginning, then a piece a letter. */
export const LETTERS = '▁abcdefghijklmnopqrstuvwxyz';

/** Writes a SentencePiece model with a piece for each of some letters. */
export function writeVocabulary(file: string, letters = LETTERS): void {
  const [NORMAL, UNKNOWN, CONTROL, UNIGRAM] = [1, 2, 3, 1];
  const piece = (text: string, type: number, score = 0) =>
    bytesField(1, Buffer.concat([bytesField(1, text), floatField(2, score), intField(3, type)]));
  const pieces = [piece('<unk>', UNKNOWN), piece('<s>', CONTROL), piece('</s>', CONTROL)];
  for (const letter of letters) pieces.push(piece(letter, NORMAL, -1));
  const trainer = bytesField(2, intField(3, UNIGRAM));
  const normaliser = bytesField(3, Buffer.concat([bytesField(1, 'identity'), intField(3, 1)]));
  writeFileSync(file, Buffer.concat([...pieces, trainer, normaliser]));
}

/** Pairs of words of a letter, whose translation is the same word in reverse. */
export function drawnPairs(count: number, first = 0): Pair[] {
  return Array.from({length: count}, (_, i) => {
    const word = Array.from({length: 1 + ((i + first) % 5)}, (_, j) => LETTERS[1 + ((i + first + 3 * j) % 8)]).join('');
    return [word, [...word].reverse().join('')];
  });
}

/** Writes data as the workload `wmt` reads it. */
export function writeTranslations(
  folder: string,
  options: {readonly train?: Pair[][]; readonly validation?: Pair[]} = {},
): void {
  const {train = [drawnPairs(40), drawnPairs(24, 40)], validation = drawnPairs(12, 5)} = options;
  writeTfds(join(folder, 'wmt17_translate/de-en/1.0.0'), 'wmt17_translate', {train});
  const evaluation = {validation: [validation], test: [drawnPairs(9, 3)]};
  writeTfds(join(folder, 'wmt14_translate/de-en/1.0.0'), 'wmt14_translate', evaluation);
  writeVocabulary(join(folder, 'wmt_sentencepiece_model'));
}
