import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type RunsData, readReport, reportHtml} from '../../src/report/index.js';
import {listRuns} from '../../src/runs/index.js';
import {type WrittenRun, writeRun} from '../helpers/run-folders.js';

/** What ends a script, opens a tag, breaks out of an attribute. */
export const HOSTILE = `</script><img src=x onerror=alert(1)>"'&`;

/** Writes a run of two cycles, the first of which was stopped early. @returns its path */
export function writeWholeRun(experimentDir: string, run: WrittenRun): string {
  const accuracies = run.accuracies ?? [0.1, 0.8, 0.9, 0.3, 0.95, 0.98];
  const early_stopping = {enabled: true, epsilon: 0.5, epsilon2: 0.1, recovery_time: 4, smoothing: 0.8};
  const path = writeRun(experimentDir, {...run, accuracies, config: {early_stopping, ...run.config}});
  const rates = (cycle: number, from: number, to: number, number = 0) =>
    Array.from({length: to - from}, (_, i) => `${number},${cycle},${from + i},${(i + 1) / 1000}\n`).join('');
  const planned = rates(1, 0, 40) + rates(2, 40, 80);
  const asRun = rates(1, 0, 25, 1) + rates(2, 25, 60, 1);
  writeFileSync(join(path, 'schedule.csv'), `schedule,cycle,global_step,learning_rate\n${planned}${asRun}`);
  const events = [
    {time: '2026-11-29T02:41:40.000Z', global_step: 25, event: 'early_stop', message: `cycle 1 stopped ${HOSTILE}`},
    {
      time: '2026-11-29T02:41:40.000Z',
      global_step: 25,
      event: 'reset',
      cause: 'divergence',
      cycle: 1,
      message: 'reset',
    },
    {time: '2026-11-29T02:41:50.000Z', global_step: 31, event: 'evaluation', message: 'step 31'},
  ];
  writeFileSync(join(path, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return path;
}

export function dataOf(experimentDir: string, title = 'a title'): RunsData {
  return readReport({title, experimentDir, runs: listRuns(experimentDir)});
}

/** Writes the report of all runs. @returns its address */
export function writeReport(experimentDir: string, title = 'a title'): string {
  const file = join(experimentDir, 'report.html');
  writeFileSync(file, reportHtml(dataOf(experimentDir, title)));
  return `file://${file}`;
}
