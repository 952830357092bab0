import {loadWorkload} from '../../workloads/index.js';
import {downloadedData, fetchArchive, namedDataRoot} from '../download/index.js';
import {count, UserError} from '../support/index.js';
import {endingOnSignal} from './end-on-signal.js';
import {createInstallReporter} from './install-reporter.js';
import {print} from './table.js';

/** Flags of `data download`. */
export interface DownloadFlags {
  readonly dataDir?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** Fetches a workload's data and prints where it is. @throws UserError for an error that the user can fix */
export async function downloadAction(name: string, {dataDir, url, json}: DownloadFlags): Promise<void> {
  const {download, dataHelp} = await loadWorkload(name, 'data download');
  if (!download)
    throw new UserError(
      dataHelp === undefined
        ? `data download: there is nothing to fetch, ${name}'s data comes with this tool`
        : `data download: this tool can't fetch the data of ${name}.\n${dataHelp}`,
    );
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new UserError(`--url: must begin with http:// or https://, got '${url}'`);
  const reporter = createInstallReporter(process.stderr);
  const {folder, wasThere} = await endingOnSignal('stopped; the same command continues the download', () =>
    fetchArchive({
      archive: url === undefined ? download : {...download, url},
      into: dataDir ?? namedDataRoot() ?? downloadedData(name),
      onProgress: reporter.progress,
      onStep: reporter.step,
    }).finally(reporter.end),
  );
  print({workload: name, folder, wasThere}, () => `${name}: ${wasThere ? 'already there: ' : ''}${folder}`, json);
}

/** Flags of `data prepare`. */
export interface PrepareFlags {
  readonly text?: readonly string[];
  readonly tokens?: readonly string[];
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Makes a workload's data of documents and prints what came of it. @throws UserError for an error that the user can fix */
export async function prepareAction(name: string, {text, tokens, dataDir, json}: PrepareFlags): Promise<void> {
  const {prepareData} = await loadWorkload(name, 'data prepare');
  if (!prepareData)
    throw new UserError(
      `data prepare: ${name} has nothing to prepare; its data is read as it is from the folder that --data-dir of \`run\` names`,
    );
  const folder = dataDir ?? namedDataRoot() ?? downloadedData(name);
  const reporter = createInstallReporter(process.stderr);
  const made = await endingOnSignal('stopped; no data was made', () =>
    prepareData({text, tokens, into: folder, onProgress: reporter.progress, onStep: reporter.step}).finally(
      reporter.end,
    ),
  );
  const numbers = Object.entries(made).map(
    ([key, value]) => `${key} ${typeof value === 'number' ? count(value) : value}`,
  );
  print({workload: name, folder, ...made}, () => `${name}: ${folder} (${numbers.join(', ')})`, json);
}
