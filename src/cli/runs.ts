import type {Command} from 'commander';
import {addCompareCommand} from './runs-compare.js';
import {addDeleteCommand} from './runs-delete.js';
import {addDiffCommand} from './runs-diff.js';
import {addExportCommand} from './runs-export.js';
import {addListCommand} from './runs-list.js';
import {addSampleCommand} from './runs-sample.js';
import {addShowCommand} from './runs-show.js';

export function addRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .summary('list, show, compare, sample, export or delete runs')
    .description('Lists, shows, compares, samples, exports and deletes the runs in an experiment folder.');
  for (const add of [
    addListCommand,
    addShowCommand,
    addCompareCommand,
    addDiffCommand,
    addExportCommand,
    addSampleCommand,
    addDeleteCommand,
  ])
    add(runs);
}
