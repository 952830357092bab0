import {existsSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join} from 'node:path';
import {closestName, isFolder, UserError} from '../support/index.js';
import {STDIN_NAME} from './read-text.js';

/** The package's own configs: a folder a workload, one of the submissions' defaults, and one of their search spaces. */
const SAMPLES = join(dirname(createRequire(import.meta.url).resolve('algoperf-ts/package.json')), 'configs');
const ENDING = '.yaml';
const OF_SUBMISSIONS = 'submissions';
const OF_SEARCH_SPACES = 'search-spaces';

/**
 * The file that the command line means: standard input and files that are there as they are, and a name without folder and
 * ending that no file has as the workload's sample of that name.
 * @param workload - whose samples, or those of the workload that it is a variant of; absent: any workload's, if only one has a sample of that name
 * @throws UserError if it is such a name, and there is no such sample
 */
export function findConfig(file: string, workload?: string): string {
  if (file === STDIN_NAME || file === '' || existsSync(file)) return file;
  const name = basename(file, ENDING);
  const samples = samplesOf(workload).filter((sample) => sample.name === name);
  if (name !== file) {
    if (samples.length === 0) return file;
    throw new UserError(`${file}: there is no such file; the sample '${name}' is taken by its name alone`);
  }
  if (samples.length === 1) return samples[0]!.path;
  if (samples.length > 1) {
    const workloads = samples.map((sample) => sample.workload).join(', ');
    throw new UserError(`--config: there is a sample '${file}' for each of ${workloads}; say which with --workload`);
  }
  if (!/^[\w-]+$/.test(file)) return file;
  throw new UserError(`--config: there is no file '${file}', and no sample of that name${hintOf(file, workload)}`);
}

function hintOf(file: string, workload: string | undefined): string {
  const names = [...new Set(samplesOf(workload).map(({name}) => name))];
  const whose = workload === undefined ? '' : ` for ${workload}`;
  if (names.length === 0) return `${whose}, which has no samples`;
  const close = closestName(file, names);
  const there = `here are: ${names.join(', ')}`;
  return `${whose}; ${close === undefined ? `t${there}` : `did you mean \`${close}\`? T${there}`}`;
}

/** The file of the config that a submission brings along; undefined: there is none of that name. */
export function defaultConfigOf(submission: string): string | undefined {
  const file = join(SAMPLES, OF_SUBMISSIONS, submission + ENDING);
  return /^\w+$/.test(submission) && existsSync(file) ? file : undefined;
}

/**
 * The file of a search space that the command line means: one that is there, or that of the submission of the name.
 * @throws UserError if it is a name, and no submission of that name has one
 */
export function findSearchSpace(file: string): string {
  if (existsSync(file) || !/^\w+$/.test(file)) return file;
  const folder = join(SAMPLES, OF_SEARCH_SPACES);
  const names = readdirSync(folder).map((name) => basename(name, '.json'));
  if (names.includes(file)) return join(folder, `${file}.json`);
  const close = closestName(file, names);
  const hint = close === undefined ? `there are those of ${names.join(', ')}` : `did you mean \`${close}\`?`;
  throw new UserError(
    `--tuning-search-space: there is no file '${file}', and no submission's search space of that name; ${hint}`,
  );
}

function sampledWorkloads(): string[] {
  return readdirSync(SAMPLES)
    .filter((folder) => folder !== OF_SUBMISSIONS)
    .sort();
}

interface Sample {
  readonly workload: string;
  readonly name: string;
  readonly path: string;
}

/** A variant without samples has those of the workload that it is made from, whose name its own begins with: `ogbg_gelu` those of `ogbg`. */
function sampledAs(workload: string): string {
  const folders = sampledWorkloads().filter((folder) => workload === folder || workload.startsWith(`${folder}_`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? workload;
}

function samplesOf(workload: string | undefined): Sample[] {
  const folders = workload === undefined ? sampledWorkloads() : [sampledAs(workload)];
  return folders.flatMap((folder) => {
    const path = join(SAMPLES, folder);
    if (!/^\w+$/.test(folder) || !isFolder(path)) return [];
    const names = readdirSync(path).filter((name) => name.endsWith(ENDING));
    return names
      .sort()
      .map((name) => ({workload: folder, name: name.slice(0, -ENDING.length), path: join(path, name)}));
  });
}
