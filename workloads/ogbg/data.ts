import type {Dataset, LoadingProgress, Source} from '../../src/contract/index.js';
import {packedRecordSource, tfdsOrder, tfdsSplit} from '../../src/data/index.js';
import {GRAPH_SIZE, graphPacking, largestGraph} from './batch.js';
import {csvSources} from './csv.js';
import {findData} from './files.js';
import {sizeOfRecord} from './records.js';

/**
 * Reads ogbg-molpcba, or data of its form: TFDS's records, of which no more are in memory than the batches that are being made, or OGB's
 * tables.
 * @param dir - the folder with `ogbg_molpcba/<version>` or `pcba`, or one of these; undefined: ALGOPERF_DATA_DIR, else the cache's
 * @param onProgress - called with how far all records have been read, where that is done
 * @throws UserError naming the file that is missing, cut or of another form
 */
export async function loadOgbg(dir: string | undefined, onProgress?: LoadingProgress): Promise<Dataset> {
  const records = (folder: string, split: string) => recordsOf(folder, split, onProgress);
  const {form, folder} = findData(dir);
  if (form === 'csv') return {...(await csvSources(folder)), source: folder};
  return {
    train: await records(folder, 'train'),
    validation: await records(folder, 'validation'),
    test: await records(folder, 'test'),
    source: folder,
  };
}

async function recordsOf(folder: string, split: string, onProgress: LoadingProgress | undefined): Promise<Source> {
  return packedRecordSource({
    ...(await tfdsSplit(folder, split)),
    readingOrder: tfdsOrder,
    decoder: new URL('./records.js', import.meta.url),
    numbers: {kind: 'atoms and bonds', width: GRAPH_SIZE, of: sizeOfRecord},
    packing: graphPacking,
    largest: largestGraph,
    onProgress,
  });
}
