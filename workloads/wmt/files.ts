import {join} from 'node:path';
import {describeContents, isThere, type Look} from '../../src/data/index.js';
import {dataRoot, requireDataDir} from '../../src/download/index.js';
import {isFolder, UserError} from '../../src/support/index.js';

/** What is read, in the layout of AlgoPerf's data folder. */
const TRAIN = 'wmt17_translate/de-en/1.0.0';
const EVALUATION = 'wmt14_translate/de-en/1.0.0';
const VOCABULARY = 'wmt_sentencepiece_model';

/** Where the parts of the data are. */
export interface WmtFiles {
  /** For the record. */
  readonly folder: string;
  /** Folders of TensorFlow Datasets. */
  readonly train: string;
  readonly evaluation: string;
  /** A SentencePiece model. */
  readonly vocabulary: string;
}

/** The folders that the data may lie in, within the folder that is named: that folder itself first. */
const FOLDERS = ['', 'wmt'];

/** Other formats of the data that users have. */
const LOOKS: readonly Look[] = [
  {name: /(^|\/)downloads(\/|$)/, text: "It looks like TensorFlow Datasets' downloads, which are not prepared yet."},
  {name: /(^|\/)(wmt14|wmt17)(\/|$)|\.parquet$/, text: "It looks like Hugging Face's files, which are not read."},
  {name: /(de-en|en-de|\.de|\.en)(\.|$)/, text: 'Texts are not read: TensorFlow Datasets makes records of them.'},
  {name: /\.(zip|tar|tgz|tar\.gz|7z)$/, text: 'An archive is not read.'},
];

/** For users: where to get the data, and how its folder must look. */
export const HOW_TO_GET = `The data must lie as AlgoPerf's does:
  ${TRAIN}/       of TensorFlow Datasets: dataset_info.json, wmt17_translate-train.tfrecord-*
  ${EVALUATION}/       dataset_info.json, wmt14_translate-{validation,test}.tfrecord-*
  ${VOCABULARY}             a SentencePiece model of at most as many pieces as the model has tokens
AlgoPerf's \`python3 datasets/dataset_setup.py --data_dir <folder> --wmt\` makes all of it, in a folder wmt (3.3 GB).`;

/**
 * Where the translations are.
 * @param dir - the folder with the data, or with a folder `wmt` that has it; undefined: ALGOPERF_DATA_DIR
 * @throws UserError if it is not there, or a part of it is missing
 */
export function findFiles(dir: string | undefined): WmtFiles {
  if (dir !== undefined) requireDataDir(dir);
  const root = dir ?? dataRoot();
  if (root === undefined)
    throw new UserError(
      `there is no translation data: say where it is with --data-dir or ALGOPERF_DATA_DIR.\n${HOW_TO_GET}`,
    );
  const folder = FOLDERS.map((name) => join(root, name)).find(hasSome);
  if (folder === undefined)
    throw new UserError(
      `there is no translation data in ${root}, nor in a folder wmt there.\n${describeContents(root, LOOKS)}\n${HOW_TO_GET}`,
    );
  const [train, evaluation, vocabulary] = [TRAIN, EVALUATION, VOCABULARY].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const missing = [train, evaluation].find((path) => !isFolder(path)) ?? (isThere(vocabulary) ? undefined : vocabulary);
  if (missing !== undefined) throw new UserError(`${missing}: it is missing.\n${HOW_TO_GET}`);
  return {folder, train, evaluation, vocabulary};
}

function hasSome(folder: string): boolean {
  return [TRAIN, EVALUATION].some((name) => isFolder(join(folder, name))) || isThere(join(folder, VOCABULARY));
}
