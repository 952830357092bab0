import {join} from 'node:path';
import {describeContents, isThere, type Look} from '../../src/data/index.js';
import {dataRoot, downloadedData, requireDataDir} from '../../src/download/index.js';
import {describeValue, findCacheFolder, readWholeText, UserError} from '../../src/support/index.js';

/** The files of prepared data, in one folder. */
export const FILES = {train: 'train.bin', validation: 'validation.bin', about: 'tokens.json'} as const;

/** Tokens that a sequence has the model read; it has one more, the last one's target. */
export const LENGTH = 1024;

/** What {@link FILES}' `about` holds: written last, so that data without it is not whole. */
export interface TokensAbout {
  readonly tokenizer: 'gpt2';
  /** How many tokens each file has. */
  readonly train: number;
  readonly validation: number;
}

/** What users have instead of prepared data. */
const LOOKS: readonly Look[] = [
  {
    name: /\.(arrow|snapshot)$|snapshot\.metadata$|fwedu_10B_tokenized$/,
    text: "It looks like AlgoPerf's tokenized documents: take them over with `data prepare finewebedu_lm --tokens <folder>`.",
  },
  {
    name: /\.parquet$/,
    text: "It looks like Hugging Face's parquet files, which are not read: write their texts as .jsonl.",
  },
  {
    name: /\.(txt|md|jsonl)(\.gz)?$/,
    text: 'It looks like text: make tokens of it with `data prepare finewebedu_lm --text <folder>`.',
  },
];

/**
 * Where prepared data is.
 * @param dir - the folder, or one with a folder `finewebedu_lm` that has the files; undefined: ALGOPERF_DATA_DIR, else where
 * `data prepare` puts it
 * @throws UserError if there is none
 */
export function findFolder(dir: string | undefined): string {
  if (dir !== undefined) requireDataDir(dir);
  const cache = findCacheFolder();
  const roots =
    dir !== undefined
      ? [dir]
      : [dataRoot() ?? [], cache === undefined ? [] : downloadedData('finewebedu_lm', cache)].flat();
  const folders = roots.flatMap((root) => [root, join(root, 'finewebedu_lm')]);
  const found = folders.find((folder) => Object.values(FILES).some((name) => isThere(join(folder, name))));
  if (found !== undefined) return found;
  const contents = dir === undefined ? '' : `${describeContents(dir, LOOKS)}\n`;
  throw new UserError(
    `there are no token files in ${roots.join(' or ') || 'any folder'}: ${Object.values(FILES).join(', ')}.\n${contents}` +
      'Make them of any text with `algoperf-ts data prepare finewebedu_lm --text <files or folders>`, or say where they are with --data-dir.',
  );
}

/** @throws UserError naming the file that is missing or of another form */
export function readAbout(folder: string): TokensAbout {
  const path = join(folder, FILES.about);
  let about: Partial<TokensAbout>;
  try {
    about = JSON.parse(readWholeText(path));
  } catch (cause) {
    throw new UserError(
      `${path}: ${isThere(path) ? `can't be read: ${(cause as Error).message}` : 'there is no such file'}\n` +
        '`data prepare` writes it last: without it the data is not whole; remove it and prepare it again.',
      {cause},
    );
  }
  if (about?.tokenizer !== 'gpt2')
    throw new UserError(`${path}: tokenizer must be gpt2, got ${describeValue(about?.tokenizer)}`);
  for (const split of ['train', 'validation'] as const) {
    const count = about[split];
    if (!Number.isSafeInteger(count) || count! < 1)
      throw new UserError(`${path}: ${split} must be a number of tokens, got ${describeValue(count)}`);
  }
  return about as TokensAbout;
}
