import {expect, test} from 'vitest';
import type {RunResult} from '../../src/runs/index.js';
import {checkClock} from '../../src/verification/check-clock.js';
import {checkEvaluationSteps} from '../../src/verification/check-evaluation-steps.js';
import type {RecordedEvaluation, RecordedRun} from '../../src/verification/recorded-run.js';

type Times = Pick<RecordedEvaluation, 'step' | 'process' | 'submission' | 'evaluation' | 'logging' | 'total'>;

/** A minute in which 30 s, then 40 s were the submission's, and what a test changes. */
const TIMES: readonly Times[] = [
  {step: 1, process: 0, submission: 30, evaluation: 2, logging: 1, total: 34},
  {step: 9, process: 0, submission: 40, evaluation: 4, logging: 2, total: 60},
];

const BEGUN = Date.parse('2026-11-29T00:00:00Z');

interface Changes {
  readonly times?: readonly Partial<Times & {score: number}>[];
  /** Seconds of the wall clock from the beginning of the first process to each evaluation. */
  readonly wall?: readonly number[];
  readonly reasons?: readonly string[];
  readonly result?: Partial<RunResult['times']> & {readonly overshootSeconds?: number};
}

function problems({times = [], wall = [35, 61], reasons = [], result}: Changes, budgetSeconds?: number): string[] {
  const evaluations = TIMES.map((row, i) => ({...row, score: row.submission, metrics: {}, cells: {}, ...times[i]}));
  const {overshootSeconds = 0, ...spent} = result ?? {};
  const run: RecordedRun = {
    path: '',
    meta: [0, 50].map((seconds) => ({
      begun: new Date(BEGUN + seconds * 1000).toISOString(),
      not_official_because: [...reasons],
    })),
    flags: [{}, {}],
    evaluations,
    measurements: [],
    events: evaluations.map(({step}, i) => ({
      event: 'evaluation',
      global_step: step,
      time: new Date(BEGUN + wall[i]! * 1000).toISOString(),
    })),
    result: {
      status: 'stopped',
      times: {submission: 40, evaluation: 4, logging: 2, total: 61, ...spent},
      overshootSeconds,
    } as RunResult,
    checkpoints: [],
  };
  return checkClock(run, [], budgetSeconds)
    .filter(({outcome}) => outcome === 'failed')
    .map(({message}) => message);
}

test('a clock that ran as it should', () => {
  expect(problems({})).toEqual([]);
  expect(problems({}, 41)).toEqual([]);
  // A second, and a hundredth, are what a busy machine makes of two clocks.
  expect(problems({wall: [35, 62.2]})).toEqual([]);
  expect(problems({wall: [500, 526]})).toEqual([]);
});

test.each<[Changes, number | undefined, RegExp]>([
  [{times: [{score: 29}]}, undefined, /^step 1: score is 29, and the submission's time 30 s$/],
  [{times: [{}, {submission: 20, score: 20}]}, undefined, /^step 9: the submission time goes back to 20 s$/],
  [{times: [{}, {total: 30}]}, undefined, /^step 9: the total time goes back to 30 s$/],
  [{times: [{}, {step: 3000, total: 30}]}, undefined, /^step 3,000: the total time goes back to 30 s$/],
  [{times: [{total: 32}]}, undefined, /^step 1: submission, evaluation and logging took 33.000 s of 32.000 s$/],
  [{times: [{}, {total: 46}]}, undefined, /^step 9: submission, evaluation and logging took 13.000 s of 12.000 s$/],
  [{}, 40, /^step 9: it was evaluated after the budget of 40 s$/],
  [{wall: [35, 63]}, undefined, /^step 9: the run's clock counted 26.0 s where 28.0 s passed by events.jsonl$/],
  [{wall: [35, 59]}, undefined, /^step 9: the run's clock counted 26.0 s where 24.0 s passed by events.jsonl$/],
  // From the beginning of its process, no run's clock can have counted more than passed.
  [{wall: [30, 56]}, undefined, /^step 1: the run's clock counted 34.0 s where 30.0 s passed by events.jsonl$/],
  [
    {times: [{}, {process: 1}], wall: [35, 59]},
    undefined,
    /^step 9: the run's clock counted 26.0 s where 24.0 s passed/,
  ],
  [{result: {total: 59}}, undefined, /^result.json: total time is less than at the last evaluation$/],
  [{result: {submission: 60}}, undefined, /^result.json: submission, evaluation and logging take longer than/],
  [{result: {overshootSeconds: 1}}, 50, /^result.json: overshootSeconds is 1, and should be 0$/],
  [{result: {submission: 45}}, 42, /^result.json: overshootSeconds is 0, and should be 3$/],
])('%j within %s s is found', (changes, budgetSeconds, message) => {
  expect(problems(changes, budgetSeconds)).toContainEqual(expect.stringMatching(message));
});

test('a process that resumes a run has the steps since the last evaluation on its clock, and any pause not', () => {
  expect(problems({times: [{}, {process: 1}], wall: [35, 61]})).toEqual([]);
  expect(problems({times: [{}, {process: 1}], wall: [35, 1000]})).toEqual([]);
});

test('a run that said that its clocks disagreed is not told so again', () => {
  const told = ["the run's clock counted 26.0 s while the machine's counted 90.0 s; the machine was asleep"];
  expect(problems({wall: [35, 125], reasons: told})).toEqual([]);
  expect(problems({wall: [35, 125]})).not.toEqual([]);
});

test('steps are written with commas', () => {
  const run = {evaluations: [{step: 1}, {step: 3000}], result: undefined} as unknown as RecordedRun;
  const options = {loaded: {config: {evaluation: {everySteps: 1500}}}, workload: {}};
  const found = checkEvaluationSteps(run, options as unknown as Parameters<typeof checkEvaluationSteps>[1]);
  expect(found.map(({message}) => message)).toEqual([
    'there is no evaluation of step 1,500, though the config asks for one',
  ]);
});
