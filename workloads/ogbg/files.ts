import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describeContents, isThere, type Look} from '../../src/data/index.js';
import {dataRoot, downloadedData, requireDataDir} from '../../src/download/index.js';
import {findCacheFolder, isFolder, UserError} from '../../src/support/index.js';
import {hasTables} from './csv.js';

/** The folders that the data may lie in, within the folder that is named: that folder itself first. */
const FOLDERS = ['', 'ogbg', 'ogbg_molpcba', join('ogbg', 'ogbg_molpcba')];

/** Within these: the folder of OGB's tables. */
const TABLES = ['', 'pcba', join('raw_ogb_csv', 'pcba')];

/** What users have instead of the data. */
const LOOKS: readonly Look[] = [
  {name: /(^|\/)(pcba|ogbg.*)\.zip$/, text: 'The archive is not unpacked: unpack it there.'},
  {name: /(^|\/)geometric_data_processed\.pt$/, text: "It looks like PyTorch Geometric's form, which is not read."},
];

/** Where the data is, and in which form. */
export interface FoundData {
  readonly form: 'tfds' | 'csv';
  readonly folder: string;
}

/**
 * Looks for ogbg-molpcba: TFDS's records before OGB's tables.
 * @param dir - the user's folder; undefined: ALGOPERF_DATA_DIR, else the cache's
 * @throws UserError that says where to get the data, and how its folder must look
 */
export function findData(dir: string | undefined): FoundData {
  if (dir !== undefined) requireDataDir(dir);
  const cache = findCacheFolder();
  const roots =
    dir !== undefined ? [dir] : [dataRoot() ?? [], cache === undefined ? [] : downloadedData('ogbg', cache)].flat();
  const folders = roots.flatMap((root) => FOLDERS.map((folder) => join(root, folder)));
  const versions = folders.flatMap(versionsIn);
  const records = versions.find((folder) => isThere(join(folder, 'dataset_info.json')));
  if (records !== undefined) return {form: 'tfds', folder: records};
  const tables = folders.flatMap((folder) => TABLES.map((inner) => join(folder, inner))).find(hasTables);
  if (tables !== undefined) return {form: 'csv', folder: tables};
  const undescribed = versions.find(hasRecords);
  if (undescribed !== undefined)
    throw new UserError(
      `${join(undescribed, 'dataset_info.json')}: it is missing; the records beside it need it, as TensorFlow Datasets writes it. Fetch or make it again.`,
    );
  const contents = roots.map((root) => (isFolder(root) ? `${describeContents(root, LOOKS)}\n` : '')).join('');
  const where = roots.length > 0 ? ` in ${roots.join(' or ')}` : ': no folder is named';
  throw new UserError(`there is no ogbg-molpcba data${where}.\n${contents}${HOW_TO_GET}`);
}

/** Where the data comes from and how its folder must look. */
export const HOW_TO_GET =
  'Two forms are read, from the folder that --data-dir or ALGOPERF_DATA_DIR names:\n' +
  "- ogbg_molpcba/<version>/ as TensorFlow Datasets prepares it (AlgoPerf's is 0.1.3; others are read if they have its features and splits):\n" +
  '  `python -c "import tensorflow_datasets as t; ' +
  "t.load('ogbg_molpcba:0.1.3', data_dir='<folder>')\"`;\n" +
  "- pcba/raw/*.csv.gz and pcba/split/scaffold/*.csv.gz as in OGB's archive pcba.zip (https://ogb.stanford.edu/docs/graphprop/), unpacked.";

function hasRecords(folder: string): boolean {
  return isFolder(folder) && readdirSync(folder).some((name) => /^ogbg_molpcba.*\.tfrecord/.test(name));
}

/** A folder that is a version of the data set, and those in it, the newest first. */
function versionsIn(folder: string): string[] {
  try {
    const versions = readdirSync(folder).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
    const newestFirst = versions.sort((a, b) => b.localeCompare(a, 'en', {numeric: true}));
    return [folder, ...newestFirst.map((name) => join(folder, name))];
  } catch {
    return [];
  }
}
