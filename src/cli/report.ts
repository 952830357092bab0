import {readdirSync} from 'node:fs';
import {dirname, resolve, sep} from 'node:path';
import {type Command, Option} from 'commander';
import type {RunSummary} from '../runs/index.js';
import {experimentDirOption, path, RUNS} from './options.js';

interface ReportFlags {
  readonly experimentDir: string;
  readonly out?: string;
  readonly watch?: boolean;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .summary('make a page of a run or of many')
    .description('Makes one HTML file of a run or of many: curves, schedules, settings, events. It needs no network.')
    .argument('[runs...]', `${RUNS}, or folders that hold experiments (default: all runs)`, collectRuns)
    .addOption(experimentDirOption())
    .option('--out <file>', 'page to write (default: report.html)', path)
    .addOption(
      new Option('--watch', 'serve the page on 127.0.0.1 and update it while runs go on, until Ctrl-C').conflicts(
        'out',
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts report three-cycles
  $ algoperf-ts report --out all.html
  $ algoperf-ts report tuned --watch`,
    )
    .action(report);
}

const collectRuns = (value: string, before: readonly string[] = []) => [...before, path(value)];

async function report(
  names: readonly string[],
  {experimentDir, out = 'report.html', watch}: ReportFlags,
): Promise<void> {
  const place = await placeOf(names, experimentDir);
  const title = names.length === 0 ? experimentDir : names.join(', ');
  const {readReport, reportHtml, serveLive, watchedRuns} = await import('../report/index.js');
  if (watch) {
    const {untilStopped} = await import('./served-page.js');
    place.find();
    await untilStopped(await serveLive(watchedRuns({title, ...place})));
    return;
  }
  const {UserError, writeWhole} = await import('../support/index.js');
  const runs = place.find();
  if (runs.length === 0) throw new UserError(`there are no runs in ${place.experimentDir}`);
  writeWhole(out, reportHtml(readReport({title, experimentDir: place.experimentDir, runs})));
  process.stdout.write(`${out}\n`);
}

interface Place {
  readonly experimentDir: string;
  readonly find: () => readonly RunSummary[];
}

/** Where the named runs are: in the experiment folder, or, of one folder that is elsewhere, there. */
async function placeOf(names: readonly string[], experimentDir: string): Promise<Place> {
  const {findRuns} = await import('../runs/index.js');
  const {isFolder} = await import('../support/index.js');
  const folder = resolve(names[0] ?? '');
  const inside = resolve(experimentDir, names[0] ?? '');
  const isInside = folder.startsWith(resolve(experimentDir) + sep) || (inside !== folder && isFolder(inside));
  if (names.length !== 1 || isInside || !isFolder(folder)) {
    return {experimentDir, find: () => findRuns(experimentDir, names)};
  }
  const top = topOf(folder);
  return {experimentDir: top, find: () => findRuns(top, top === folder ? [] : [folder])};
}

/** The folder that holds the experiment of a run's folder, or of one above it; of another folder that folder itself. */
function topOf(folder: string): string {
  const [, experiment] = folder.match(/^(.*?)(?:\/study_\d+)?\/[^/]+_tfjs(?:\/trial_\d+)?$/) ?? [];
  if (experiment !== undefined) return dirname(experiment);
  const isExperiment = readdirSync(folder).some((name) => /_tfjs$|^study_\d+$/.test(name));
  return isExperiment ? dirname(folder) : folder;
}
