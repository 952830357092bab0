import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {floatText} from '../../src/export/algoperf.js';
import {folderNames} from '../../src/export/folder-names.js';
import {exportAlgoperf, runsToExport} from '../../src/export/index.js';
import {listRuns, readTable} from '../../src/runs/index.js';
import {filesBelow, temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

const shared = process.env.ALGOPERF_DATA_DIR && join(process.env.ALGOPERF_DATA_DIR, 'algoperf-logs');
/** A checkout of AlgoPerf's scoring (the folder that holds `scoring/`), for a Python that has pandas. */
const {ALGOPERF_SCORING: scoring, PYTHON: python = 'python3'} = process.env;

let folder = '';
let experiments = '';
beforeEach(() => {
  folder = temporaryFolder();
  experiments = join(folder, 'experiments');
});

/** Two studies of two trials, of which one does not reach the target; a self-tuning run; one without studies. */
function writeExperiments(): void {
  const reaching = [0.1, 0.5, 0.98, 0.6, 0.99];
  writeRun(experiments, {experiment: 'external', study: 1, trial: 1, accuracies: reaching});
  writeRun(experiments, {experiment: 'external', study: 1, trial: 2, accuracies: [0.1, 0.2, 0.3, 0.975]});
  writeRun(experiments, {experiment: 'external', study: 2, trial: 1, accuracies: [0.1, 0.2, 0.3, 0.4, 0.98]});
  writeRun(experiments, {experiment: 'external', study: 2, trial: 2, accuracies: [0.1, 0.2]});
  writeRun(experiments, {experiment: 'self', study: 1, trial: 1, accuracies: reaching, seconds: (step) => step * 3});
  writeRun(experiments, {experiment: 'single', accuracies: reaching});
}

/** A trial's time to the target, read as AlgoPerf's scoring does: from the folders' names and the columns of one file. */
function timesToTarget(submissions: string): {[trial: string]: number | null} {
  const times: {[trial: string]: number | null} = {};
  for (const file of filesBelow(submissions).filter((name) => name.endsWith('/eval_measurements.csv'))) {
    const [submission, study, workload, trial] = file.split('/');
    const [, name, framework] = workload!.match(/^(.*)(_jax|_pytorch)$/)!;
    expect([name, framework, trial]).toEqual(['mnist', '_jax', expect.stringMatching(/^trial_\d+$/)]);
    const row = readTable(join(submissions, file)).find((each) => Number(each['validation/accuracy']) >= 0.97);
    times[`${submission}/${study}/${trial}`] = row ? Number(row.score) : null;
  }
  return times;
}

test('the time to target in the exported folders is that of the runs', () => {
  writeExperiments();
  const out = join(folder, 'out');
  expect(exportAlgoperf(listRuns(experiments), out)).toMatchObject({to: out, runs: 6, evaluations: 26, notes: []});
  const ours = listRuns(experiments).map(({experiment, study, trial, timeToTarget}) => [
    `${experiment}/study_${study ?? 0}/trial_${trial}`,
    timeToTarget?.seconds ?? null,
  ]);
  expect(timesToTarget(out)).toEqual(Object.fromEntries(ours));
  expect(readdirSync(out).sort()).toEqual(['external', 'self', 'single']);
});

test('a target that is equalled before it is exceeded is reported: scoring counts it', () => {
  const path = writeRun(experiments, {experiment: 'equal', accuracies: [0.1, 0.97, 0.98]});
  writeRun(experiments, {experiment: 'later', accuracies: [0.1, 0.98, 0.97]});
  const never = writeRun(experiments, {experiment: 'never', accuracies: [0.97]});
  expect(exportAlgoperf(listRuns(experiments), join(folder, 'out')).notes).toEqual([
    `${path}: validation/accuracy equals the target at step 11: AlgoPerf's scoring counts it as reached after 1.67 s; exceeded it is after 3.10 s`,
    `${never}: validation/accuracy equals the target at step 1: AlgoPerf's scoring counts it as reached after 0.24 s; exceeded it is not at all`,
  ]);
});

test.skipIf(!scoring)("AlgoPerf's own scoring gives the same times (ALGOPERF_SCORING)", () => {
  writeExperiments();
  const out = join(folder, 'out');
  exportAlgoperf(listRuns(experiments), out);
  const program = join(import.meta.dirname, '..', 'golden', 'algoperf_times.py');
  const theirs = JSON.parse(execFileSync(python, [program, scoring!, out], {encoding: 'utf8'}));
  const times = timesToTarget(out);
  expect(theirs.trials).toEqual(times);
  const [first, second] = [times['external/study_1/trial_1']!, times['external/study_2/trial_1']!];
  expect(theirs.submissions).toEqual({
    external: (first + second) / 2,
    self: times['self/study_1/trial_1'],
    single: times['single/study_0/trial_1'],
  });
});

test.skipIf(!shared || !existsSync(shared))("the columns and their types are those of AlgoPerf's own logs", () => {
  writeExperiments();
  const out = join(folder, 'out');
  exportAlgoperf(listRuns(experiments), out);
  const [ours, theirs] = [
    join(out, 'single', 'study_0', 'mnist_jax', 'trial_1'),
    join(shared!, 'mnist-example', 'study_0', 'mnist_jax', 'trial_1'),
  ].map((run) => readFileSync(join(run, 'eval_measurements.csv'), 'utf8').split('\n'));
  expect(ours![0]).toBe(theirs![0]);
  const isInteger = (line: string) => line.split(',').map((cell) => /^\d+$/.test(cell));
  expect(isInteger(ours![1]!)).toEqual(isInteger(theirs![1]!));
});

test('the files of a run are as pandas and AlgoPerf write them', () => {
  writeRun(experiments, {experiment: 'a', accuracies: [0.5]});
  exportAlgoperf(listRuns(experiments), join(folder, 'out'));
  const run = join(folder, 'out', 'a', 'study_0', 'mnist_jax', 'trial_1');
  const read = (name: string) => readFileSync(join(run, name), 'utf8');
  expect(readdirSync(run).sort()).toEqual([
    'eval_measurements.csv',
    'flags_0.json',
    'hparams.json',
    'measurements.csv',
    'meta_data_0.json',
  ]);
  expect(read('eval_measurements.csv').split('\n')[1]).toBe(
    `2.0,1e-05,${0.1 + 1 / 7},1,0,${0.1 + 1 / 7},0.49,,10000,${3 + 0.1 + 1 / 7},0.5,inf,0.5,0.5,10000`,
  );
  const measurements = readTable(join(run, 'measurements.csv'));
  expect(measurements).toMatchObject([
    {global_step: '1', grad_norm: '1.5', loss: '2.25', preemption_count: '', 'validation/num_examples': ''},
    {global_step: '1', grad_norm: '', loss: '', preemption_count: '0.0', 'validation/num_examples': '10000.0'},
  ]);
  expect(JSON.parse(read('flags_0.json'))).toMatchObject({
    framework: 'tfjs',
    submission_path: './mine.ts',
    max_global_steps: 600,
  });
  expect(JSON.parse(read('hparams.json'))).toEqual({learning_rate: 0.001});
  expect(JSON.parse(read('meta_data_0.json'))).toMatchObject({'workload.target_metric_name': 'accuracy', rng_seed: 5});
});

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [10, '10.0'],
  [0.0001, '0.0001'],
  [0.00001234, '1.234e-05'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.5e-300, '1.5e-300'],
  [Number.NaN, ''],
  [Number.NEGATIVE_INFINITY, '-inf'],
])('%d is written as Python writes it: %s', (value, text) => expect(floatText(value)).toBe(text));

describe('names', () => {
  test('are of characters that mean nothing in a pattern, and each its own', () => {
    const names = folderNames(['sweep/lr-1', 'sweep_lr-1', 'Sweep_lr-1', 'a(b', 'größe', 'sweep/lr-1']);
    expect([...names]).toEqual([
      ['sweep/lr-1', 'sweep_lr-1'],
      ['sweep_lr-1', 'sweep_lr-1_2'],
      ['Sweep_lr-1', 'Sweep_lr-1_3'],
      ['a(b', 'a_b'],
      ['größe', 'gr__e'],
    ]);
  });

  test('never end in a time, which scoring would take for another run of one submission', () => {
    const names = folderNames(['cycles', 'cycles-2026-11-24-12-29-05', 'cycles-2026-11-24-12-29-05-2']);
    expect([...names.values()]).toEqual(['cycles', 'cycles_2026_11_24_12_29_05', 'cycles_2026_11_24_12_29_05-2']);
  });

  test.each(['..', '../../etc', '.hidden', '/root', 'a/../../b'])('stay within the folder: %s', (name) => {
    expect(folderNames([name]).get(name)).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/);
  });
});

describe('runs that are not whole', () => {
  test('are exported as far as they go, and reported', () => {
    const path = writeRun(experiments, {experiment: 'half', accuracies: [0.1, 0.2], isOver: false});
    writeFileSync(join(path, 'eval_measurements.csv'), '1.0,2', {flag: 'a'});
    const {notes, evaluations} = exportAlgoperf(listRuns(experiments), join(folder, 'out'));
    expect([evaluations, notes]).toEqual([2, [`${path}: interrupted: exported as far as it goes, 11 steps`]]);
  });

  test('are left out where a table is damaged, and hide no other', () => {
    writeRun(experiments, {experiment: 'good', accuracies: [0.1]});
    const path = writeRun(experiments, {experiment: 'torn', accuracies: [0.1]});
    writeFileSync(join(path, 'measurements.csv'), 'global_step,loss\n1,"2"3\n');
    const {notes, runs} = exportAlgoperf(listRuns(experiments), join(folder, 'out'));
    expect([runs, notes]).toEqual([
      1,
      [expect.stringMatching(/torn.*: left out: .*measurements\.csv:2: the table is dam/)],
    ]);
  });

  test('of no evaluation are reported', () => {
    const path = writeRun(experiments, {experiment: 'empty'});
    expect(exportAlgoperf(listRuns(experiments), join(folder, 'out')).notes).toEqual([`${path}: it has no evaluation`]);
  });
});

describe('the folder', () => {
  test.each(['a link elsewhere', 'an older export'])('is refused with something in it: %s', (what) => {
    writeRun(experiments, {experiment: 'a', accuracies: [0.1]});
    const [out, elsewhere] = [join(folder, 'out'), join(folder, 'elsewhere')];
    for (const each of [out, elsewhere]) mkdirSync(each);
    if (what === 'a link elsewhere') symlinkSync(elsewhere, join(out, 'a'));
    else writeFileSync(join(out, 'old.csv'), '');
    expect(() => exportAlgoperf(listRuns(experiments), out)).toThrow(
      `--algoperf: ${out} is not empty; remove what is in it, or name a new folder`,
    );
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('is refused where it is a file', () => {
    writeFileSync(join(folder, 'out'), '');
    expect(() => exportAlgoperf([], join(folder, 'out'))).toThrow('is a file; name a new folder');
  });
});

describe('the runs', () => {
  const named = (...names: string[]) =>
    runsToExport(experiments, names).map(({experiment, study, trial}) => `${experiment} ${study} ${trial}`);

  beforeEach(writeExperiments);

  test('are those of an experiment, of what only one begins with, of a folder, or all', () => {
    expect(named('external')).toHaveLength(4);
    expect(named('ext')).toHaveLength(4);
    expect(named(join(experiments, 'external', 'study_1'))).toEqual(['external 1 1', 'external 1 2']);
    expect(named('external/study_2', 'self')).toEqual(['external 2 1', 'external 2 2', 'self 1 1']);
    expect(named('self', 'self')).toEqual(['self 1 1']);
    expect(named()).toHaveLength(6);
  });

  test('are refused where a name is of none, or of several', () => {
    expect(() => named('selv')).toThrow(/there is no run 'selv' in .* Did you mean `self`\?/);
    expect(() => named('s')).toThrow(/'s' stands for several experiments:\n.*self\/.*\n.*single\//);
    expect(() => runsToExport(join(folder, 'none'), [])).toThrow('there are no runs in');
  });
});
