import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {arraySource} from '../../src/data/index.js';
import type {UserCode} from '../../src/runs/index.js';
import {changedFiles, fixedHashes} from '../../src/training/outside-changes.js';
import type {OpenRun} from '../../src/training/prepare.js';
import {noteCode, processFiles} from '../../src/training/process-files.js';
import {profiledTrial} from '../../src/training/profiled-trial.js';
import type {Profiler} from '../../src/training/profiler.js';
import {changesOfCode} from '../../src/training/same-code.js';
import type {RecordedModel} from '../../src/training/trial-types.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {submission, trialWith} from '../helpers/trial.js';
import {userCode} from '../helpers/user-code.js';

const examples = (size: number) =>
  arraySource({number: {shape: [size], dtype: 'float32', data: new Float32Array(size)}});

const codeOf = (files: {readonly [path: string]: string}, later?: readonly string[]): UserCode =>
  userCode('submission', files, later && {later});

const metaOf = (path: string) => JSON.parse(readFileSync(join(path, 'meta_data_0.json'), 'utf8'));

test('a process leaves its flags, and what it ran on which machine', () => {
  const options = {
    ...{workload: tinyWorkload, flags: {rngSeed: 7}},
    tuning: {ruleset: 'self', seed: 1, study: 2, trial: 3},
  };
  const runtime = {
    ...{engine: {backend: 'wasm', device: 'cpu'}, dataSha256: 'abc'},
    dataset: {train: examples(3), validation: examples(2), source: 'here'},
  };
  const facts = {seed: 9, preemptionCount: 4, notOfficial: ['a', 'b'], code: [codeOf({'own.ts': 'own'})]};
  const files = processFiles(options as never, runtime as never, facts);
  expect(Object.keys(files)).toEqual(['flags_4.json', 'meta_data_4.json']);
  expect(files['flags_4.json']).toBe('{\n  "rngSeed": 7\n}\n');
  expect(JSON.parse(files['meta_data_4.json']!)).toMatchObject({
    ...{official: false, not_official_because: ['a', 'b'], rng_seed: 9, backend: 'wasm', device: 'cpu'},
    ...{'workload.name': 'tiny', 'workload.num_train_examples': 3, 'workload.num_validation_examples': 2},
    ...{data_source: 'here', data_sha256: 'abc', tuning_ruleset: 'self', study: 2, trial: 3},
    ...{algoperf_ts_version: expect.any(String), 'submission.sha256': {'own.ts': expect.any(String)}},
  });
});

test('what a process has loaded on the way is added to what it has left, whatever became of that', () => {
  const path = temporaryFolder();
  const code = [codeOf({'own.ts': 'own'}, ['own.ts'])];
  const facts = {folder: '/code', cwd: process.cwd(), modules: {'./own.ts': 'own.ts'}, imports: {}};
  const hashes = {'own.ts': expect.any(String)};
  const added = {'submission.sha256': hashes, 'submission.code': facts, 'submission.loaded_later': ['own.ts']};
  writeFileSync(join(path, 'meta_data_0.json'), '{"rng_seed": 7}');
  noteCode(path, 0, code);
  expect(metaOf(path)).toEqual({rng_seed: 7, ...added});
  writeFileSync(join(path, 'meta_data_0.json'), '{"rng');
  noteCode(path, 0, code);
  expect(metaOf(path)).toEqual(added);
});

describe("the user's code of a run that continues", () => {
  const run = (...code: UserCode[]) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'meta_data_0.json'), '{}');
    noteCode(path, 0, code);
    return path;
  };
  const before = codeOf({'own.ts': 'own', 'lib.ts': 'lib'});

  test('is the same, or is told file by file', () => {
    const path = run(before);
    expect(changesOfCode(path, [before], false)).toEqual([]);
    expect(changesOfCode(run(), [], false)).toEqual([]);
    const after = codeOf({'own.ts': 'changed', 'new.ts': 'new'});
    const changes = ['submission lib.ts: no longer there', 'submission new.ts: added', 'submission own.ts: changed'];
    expect(changesOfCode(path, [after], true)).toEqual(changes);
    expect(changesOfCode(path, [], true)).toEqual([
      'submission lib.ts: no longer there',
      'submission own.ts: no longer there',
    ]);
  });

  test('is refused where it has changed, unless that is wanted', () => {
    const path = run(before);
    const after = codeOf({'own.ts': 'own', 'lib.ts': 'changed'});
    expect(() => changesOfCode(path, [after], false)).toThrow(
      [
        `--resume: the run in ${path} was made with other code:`,
        '  submission lib.ts: changed',
        `Its own is kept in ${join(path, 'source')}. Bring that back, begin a new run, or continue with the changed code by --with-changed-submission, which makes the run's time not official.`,
      ].join('\n'),
    );
  });
});

test('files that others have changed are reasons not to count the time of a run', () => {
  const path = temporaryFolder();
  mkdirSync(join(path, 'source'));
  writeFileSync(join(path, 'config.yaml'), 'a: 1');
  writeFileSync(join(path, 'source', 'own.ts'), 'own');
  const settings = fixedHashes(path);
  expect(Object.keys(settings).sort()).toEqual(['config.yaml', join('source', 'own.ts')]);
  const changes = (files: string[]) =>
    changedFiles({folder: {path}, record: {changedFiles: () => files}, settings} as unknown as OpenRun);
  expect(changes([])).toEqual([]);
  writeFileSync(join(path, 'config.yaml'), 'a: 2');
  writeFileSync(join(path, 'source', 'own.ts'), 'another');
  expect(changes(['events.jsonl'])).toEqual(
    ['events.jsonl', 'config.yaml', join('source', 'own.ts')].map(
      (file) => `${file} was changed while the run was under way`,
    ),
  );
});

describe('a trial that is profiled', () => {
  /** The trial, with what was called within which section, in order. */
  const profiled = (own: Partial<typeof submission> = {}) => {
    const log: string[] = [];
    const profiler = {
      time<T>(section: string, work: () => T): T {
        log.push(section);
        return work();
      },
    } as Profiler;
    const base = trialWith({});
    const called = (name: string) => async (): Promise<never> => log.push(name) as never;
    const trial = profiledTrial(
      {
        ...base,
        submission: {
          ...submission,
          dataSelection: () => log.push('batch') as never,
          updateParams: () => log.push('step') as never,
          ...own,
        },
        program: {...base.program, flush: () => void log.push('whole')},
        evaluate: async (shouldContinue) => log.push(`evaluate ${await shouldContinue?.(0.5)}`) as never,
        record: {
          recorder: base.record.recorder,
          event: () => {},
          flush: async (globalStep) => void log.push(`flush ${globalStep}`),
          evaluation: called('evaluation'),
          checkpoint: async (...call) => void log.push(`checkpoint ${call.length}`),
        },
      },
      profiler,
    );
    return {trial, log, base};
  };

  test('has its parts timed, and its steps done before they end', async () => {
    const {trial, log, base} = profiled();
    trial.submission.dataSelection({} as never);
    expect(trial.submission.updateParams({} as never)).toBe(4);
    await trial.evaluate(async () => true);
    await trial.record.flush(3);
    await trial.record.evaluation({} as never, {} as never);
    await trial.record.checkpoint({} as RecordedModel, {} as never, undefined);
    expect(log).toEqual([
      ...['Data selection', 'batch', 'Update parameters', 'step', 'whole'],
      ...['Evaluation', 'evaluate true', 'Logging', 'flush 3'],
      ...['Logging', 'evaluation', 'Logging', 'checkpoint 3'],
    ]);
    expect([trial.record.recorder, trial.clock, 'prepareForEval' in trial.submission]).toEqual([
      ...[expect.anything(), expect.anything(), false],
    ]);
    expect(base.progress.globalStep).toBe(0);
  });

  test('waits for a step that is a promise, and prepares for an evaluation where its submission does', async () => {
    const {trial, log} = profiled({
      async updateParams() {
        await null;
        return {learningRate: 1};
      },
      prepareForEval: () => log.push('prepared') as never,
    });
    const step = trial.submission.updateParams({} as never);
    expect(log).toEqual(['Update parameters']);
    expect(await step).toEqual({learningRate: 1});
    trial.submission.prepareForEval!({} as never);
    expect(log).toEqual(['Update parameters', 'whole', 'Prepare for eval', 'prepared']);
  });
});
