import {readdirSync} from 'node:fs';
import {dirname, extname, resolve, sep} from 'node:path';
import {type Command, Option} from 'commander';
import type {RunSummary} from '../runs/index.js';
import {collectPath, experimentDirOption, path, portOption, RUNS, requireWatch} from './options.js';

interface ReportFlags {
  readonly experimentDir: string;
  readonly out?: string;
  readonly watch?: boolean;
  readonly port?: number;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .summary('make a page of a run or of many')
    .description('Makes one HTML file of a run or of many: curves, schedules, settings, events. It needs no network.')
    .argument('[runs...]', `${RUNS}, or a folder of experiments or submissions (default: all runs)`, collectPath)
    .addOption(experimentDirOption())
    .option('--out <file>', 'page to write, .html (default: report.html)', path)
    .addOption(
      new Option(
        '--watch',
        'serve the page on 127.0.0.1 and update it while runs go on, until Ctrl-C (default: off)',
      ).conflicts('out'),
    )
    .addOption(portOption())
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts report three-cycles
  $ algoperf-ts report --out all.html
  $ algoperf-ts report tuned --watch --port 8080`,
    )
    .action(report);
}

async function report(
  names: readonly string[] = [],
  {experimentDir, out = 'report.html', watch = false, port}: ReportFlags,
): Promise<void> {
  await requireWatch({watch, port});
  const {UserError, writeWhole} = await import('../support/index.js');
  // A device or a pipe has no ending.
  if (!['.html', '.htm', ''].includes(extname(out).toLowerCase()))
    throw new UserError(`--out: a page is HTML and must end in .html, got '${out}'`);
  const {experimentDir: place, find, scored} = await placeOf(names, experimentDir);
  const title = names.length === 0 ? experimentDir : names.join(', ');
  const {readReport, readScores, reportHtml, watchedRuns} = await import('../report/index.js');
  const scores = scored === undefined ? undefined : () => readScores(scored);
  if (watch) {
    const {serveUntilStopped} = await import('./served-page.js');
    return serveUntilStopped(watchedRuns({title, experimentDir: place, find, scores}), port);
  }
  const runs = find();
  const found = readReport({title, experimentDir: place, runs, scores: (await scores?.()) ?? null});
  // A folder that can't be read is a row of a report, and no report by itself.
  if (runs.every(({workload}) => workload === null) && !found.scores)
    throw new UserError(await nothingToShow(scored ?? place, runs));
  writeWhole(out, reportHtml(found));
  process.stdout.write(`${out}\n`);
}

async function nothingToShow(folder: string, unreadable: readonly RunSummary[]): Promise<string> {
  const {noRunsIn} = await import('../runs/index.js');
  const reasons = unreadable.map(({path, damage}) => ({path, reason: damage ?? ''}));
  return noRunsIn(folder, reasons, ", or of AlgoPerf's own (_jax, _pytorch), from two submissions on");
}

interface Place {
  readonly experimentDir: string;
  readonly find: () => readonly RunSummary[];
  /** A folder whose submissions are scored against each other; undefined: there is none. */
  readonly scored: string | undefined;
}

/** Where the named runs are: in the experiment folder, or, of one folder that is elsewhere, there. */
async function placeOf(names: readonly string[], experimentDir: string): Promise<Place> {
  const {findRuns, listRuns} = await import('../runs/index.js');
  const {isFolder} = await import('../support/index.js');
  const find = () => findRuns(experimentDir, names);
  if (names.length !== 1) return {experimentDir, find, scored: names.length === 0 ? experimentDir : undefined};
  const [inside, folder] = [resolve(experimentDir, names[0]!), resolve(names[0]!)];
  if (inside !== folder && isFolder(inside)) return {experimentDir, find, scored: inside};
  if (folder.startsWith(resolve(experimentDir) + sep) || !isFolder(folder))
    return {experimentDir, find, scored: isFolder(folder) ? folder : undefined};
  const top = topOf(folder);
  const below = ({path}: RunSummary) => `${resolve(path)}${sep}`.startsWith(folder + sep);
  return {experimentDir: top, find: () => listRuns(top).filter(below), scored: folder};
}

/** The folder that holds the experiment of a run's folder, or of one above it; of another folder that folder itself. */
function topOf(folder: string): string {
  const [, experiment] = folder.match(/^(.*?)(?:\/study_\d+)?\/[^/]+_tfjs(?:\/trial_\d+)?$/) ?? [];
  if (experiment !== undefined) return dirname(experiment);
  const isExperiment = readdirSync(folder).some((name) => /_tfjs$|^study_\d+$/.test(name));
  return isExperiment ? dirname(folder) : folder;
}
