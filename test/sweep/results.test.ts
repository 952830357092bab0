import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {bestFirst, planSweep, readSweep, type SweepRow, sweepRows, writeSweepTable} from '../../src/sweep/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const SWEEP = `method: grid
workloads: [mnist, text_lm]
parameters: {learning_rate: {values: [0.1, 0.2, 0.3]}}
`;

/** A table of a sweep whose runs have these values of their metrics, in their order: three rates, each with both workloads. */
async function tableOf(text: string, values: readonly (number | null)[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'sweep.yaml'), text);
  const plan = await planSweep(readSweep(join(folder, 'sweep.yaml')));
  const rows = sweepRows(plan, folder).map((row, i): SweepRow => ({...row, value: values[i]!}));
  const {isNew} = writeSweepTable(folder, plan, rows);
  const [header, ...lines] = readFileSync(join(folder, 'sweep.csv'), 'utf8').trimEnd().split('\n');
  return {rows, isNew, isNewAgain: writeSweepTable(folder, plan, rows).isNew, header, lines};
}

test('runs of several workloads stand by themselves, each by its own metric, which the table names', async () => {
  const {rows, header, lines} = await tableOf(SWEEP, [0.5, 3, null, 2, 0.9, 2.5]);
  expect(bestFirst(rows).map(({run, metric, value}) => [run.workload, metric, value])).toEqual([
    ['mnist', 'validation/accuracy', 0.9],
    ['mnist', 'validation/accuracy', 0.5],
    ['mnist', 'validation/accuracy', null],
    ['text_lm', 'validation/bits_per_byte', 2],
    ['text_lm', 'validation/bits_per_byte', 2.5],
    ['text_lm', 'validation/bits_per_byte', 3],
  ]);
  expect(header).toMatch(/,learning_rate,status,global_step,metric,value,best_step,/);
  expect(lines[0]).toMatch(/,mnist,cyclic,0,0.1,new,0,validation\/accuracy,0.5,/);
  expect(lines[1]).toMatch(/,text_lm,cyclic,0,0.1,new,0,validation\/bits_per_byte,3,/);
});

test('one metric of all runs is the name of a column; the time to the target has its own', async () => {
  const loss = await tableOf(`${SWEEP}metric: {name: loss}\n`, [1, 2, 3, 4, 5, 6]);
  expect(loss.header).toMatch(/,global_step,validation\/loss,best_step,/);
  expect(loss.lines[5]).toMatch(/,new,0,6,/);
  const time = await tableOf(`${SWEEP}metric: {name: time_to_target}\n`, [1, 2, 3, 4, 5, 6]);
  expect(time.header).toMatch(/,global_step,best_step,time_to_target,/);
  expect([time.isNew, time.isNewAgain]).toEqual([true, false]);
});
