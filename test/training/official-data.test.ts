import {expect, test} from 'vitest';
import {dataFingerprint} from '../../src/data/index.js';
import {type RunOptions, reasonsNotOfficial} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';

const optionsOf = (workload: RunOptions['workload'], keep = 'best', more: Partial<RunOptions> = {}): RunOptions =>
  ({workload, loaded: {config: {evaluation: {}, checkpoints: {keep}}}, ...more}) as unknown as RunOptions;

test.each(['mnist', 'text_lm'])(
  'the data of %s that comes with the package is its own, other data is not',
  async (name) => {
    const workload = await loadWorkload(name);
    const dataset = await workload.loadData(undefined);
    const dataSha256 = await dataFingerprint(dataset);
    expect(workload.dataSha256).toBe(dataSha256);
    const reasons = (hash: string, of = workload): string[] =>
      reasonsNotOfficial(optionsOf(of), {dataset, dataSha256: hash});
    expect(reasons(dataSha256)).toEqual([]);
    expect(reasons('0'.repeat(64))).toEqual(["the data is not the workload's: it has another fingerprint"]);
    const {dataSha256: _, ...unknown} = workload;
    expect(reasons('0'.repeat(64), unknown)).toEqual([]);
  },
);

test("a run of a user's own code that keeps no checkpoint does not count: nothing is left to evaluate again", async () => {
  const workload = await loadWorkload('mnist');
  const dataset = await workload.loadData(undefined);
  const data = {dataset, dataSha256: workload.dataSha256!};
  const own = {modules: {submission: './mine.ts'}};
  expect(reasonsNotOfficial(optionsOf(workload, 'none', own), data)).toEqual([
    expect.stringContaining('checkpoints.keep: none'),
  ]);
  expect(reasonsNotOfficial(optionsOf(workload, 'last', own), data)).toEqual([]);
  expect(reasonsNotOfficial(optionsOf(workload, 'none', {modules: {submission: undefined}}), data)).toEqual([]);
});
