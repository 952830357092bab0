import {describe, expect, test} from 'vitest';
import {type Problem, problemsOf} from '../../src/pool/problems.js';
import type {ReadRun} from '../../src/pool/read-runs.js';
import {placeOf, requireComplete} from '../../src/pool/strict.js';
import {verifiedRuns} from '../../src/pool/verified-runs.js';

const at = (seconds: number, value: number) => ({row: 0, globalStep: 1000 * seconds, seconds, value});

/** A run that ended after 10 s with 0.9. */
function run({
  seconds = 10,
  value = 0.9,
  ...more
}: Partial<ReadRun> & {seconds?: number; value?: number} = {}): ReadRun {
  const evaluation = at(seconds, value);
  return {
    submission: 'a',
    study: '',
    workload: 'w',
    trial: 'trial_1',
    path: '/a',
    isOurs: true,
    status: undefined,
    official: undefined,
    notOfficialBecause: [],
    evaluations: {atTarget: [], best: evaluation, last: evaluation, count: 1},
    damage: undefined,
    hash: 'f',
    ...more,
  };
}

const NONE = {atTarget: [], best: undefined, last: undefined, count: 0};
const target = {metric: 'm', goal: 'maximize', value: 1, inclusive: true, limitSeconds: 20, source: 'f'} as const;

function found(runs: readonly ReadRun[], change: object = {}, numStudies = 1) {
  const expected = {submissions: ['a'], workloads: ['w'], numStudies, numTrials: undefined};
  return problemsOf(runs, expected, {targets: new Map([['w', {...target, ...change}]])});
}

const textsOf = (problems: readonly Problem[]) => problems.map(({kind, what}) => `${kind}: ${what}`);

describe('a run', () => {
  test.each<[string, Partial<ReadRun>, string]>([
    ['at work', {status: 'running'}, 'unfinished: the run is running, last evaluation at step 10,000'],
    [
      'interrupted',
      {status: 'interrupted', evaluations: NONE},
      'unfinished: the run is interrupted, without an evaluation',
    ],
    ['failed', {status: 'failed'}, 'failed: the run failed, last evaluation at step 10,000'],
    ['diverged', {status: 'diverged'}, 'failed: the run diverged, last evaluation at step 10,000'],
    ['damaged', {status: 'failed', damage: 'torn'}, 'unreadable: torn'],
    ['without a table', {evaluations: NONE, hash: undefined}, 'failed: no table of evaluations'],
    ['without a row', {evaluations: NONE}, 'failed: no evaluation'],
  ])('%s is listed', (_, change, expected) => {
    expect(textsOf(found([run(change)]))).toEqual([expected]);
  });

  test('that ends before half of its limit is short, unless it has reached the target', () => {
    expect(textsOf(found([run()]))).toEqual([]);
    expect(textsOf(found([run({seconds: 9.9})]))).toEqual(['short: ended after 10 of 20 s, target not reached']);
    expect(textsOf(found([run({seconds: 9.9, value: 1})]))).toEqual([]);
    expect(textsOf(found([run({seconds: 9.9, value: 1})], {goal: 'minimize'}))).toEqual([]);
    expect(textsOf(found([run({seconds: 9.9, value: 1.1})], {goal: 'minimize'}))).toHaveLength(1);
    expect(textsOf(found([run({seconds: 9.9, value: 0.9})], {goal: 'minimize'}))).toEqual([]);
  });

  test('without a limit is measured by the longest on its workload', () => {
    const [short, long, other] = [run(), run({seconds: 21, trial: 'trial_2'}), run({workload: 'v', seconds: 100})];
    const problems = found([short, long, other], {limitSeconds: undefined});
    expect(textsOf(problems)).toEqual(['short: ended after 10 of 21 s, target not reached']);
    expect(problems[0]).toMatchObject({submission: 'a', workload: 'w', study: null, trial: 'trial_1', path: '/a'});
  });
});

test('missing studies are named, or those that are there', () => {
  const [one, two] = [run({study: 'study_1'}), run({study: 'study_2', submission: 'b'})];
  expect(textsOf(found([one, two], {}, 2))).toEqual(['missing: 1 of 2 studies, without study_2']);
  expect(textsOf(found([one], {}, 3))).toEqual(['missing: 1 of 3 studies: study_1']);
  expect(textsOf(found([run()], {}, 2))).toEqual(['missing: 1 of 2 studies: one without a name']);
  const [b, c, a] = ['study_b', 'study_c', 'study_a'].map((study, i) => run({study, submission: i === 0 ? 'a' : 'b'}));
  expect(textsOf(found([b!, c!, a!], {}, 3))).toEqual(['missing: 1 of 3 studies, without study_a, study_c']);
});

describe('a pool that must be complete', () => {
  const problem = (i: number, kind: Problem['kind'] = 'missing'): Problem => ({
    kind,
    submission: `s${i}`,
    workload: 'w',
    study: '',
    trial: null,
    what: 'no runs',
    path: '/p',
  });

  test('is refused with twenty of the reasons', () => {
    const refusal = (count: number) => {
      try {
        requireComplete(Array.from({length: count}, (_, i) => problem(i)));
        return [];
      } catch (error) {
        return (error as Error).message.split('\n').slice(1);
      }
    };
    expect(refusal(0)).toEqual([]);
    expect(refusal(1)).toEqual(['  s0, w: no runs']);
    expect(refusal(20)).toHaveLength(20);
    expect(refusal(23)).toHaveLength(21);
    expect(refusal(23).at(-1)).toBe('  ... and 3 more');
  });

  test('is not refused for what ended early or failed', () => {
    expect(() => requireComplete([problem(0, 'short'), problem(1, 'failed'), problem(2, 'not scored')])).not.toThrow();
    expect(() => requireComplete([problem(0, 'not verified')])).toThrow('--strict');
  });

  test('names a folder where no run is known', () => {
    const nothing = {...problem(0), submission: null, workload: null};
    expect(placeOf(nothing)).toBe('/p');
    expect(placeOf({...nothing, path: null})).toBe('');
  });
});

test("only this tool's runs that could be read are verified", async () => {
  const asked: string[] = [];
  const verify = async (path: string) => {
    asked.push(path);
    return {isConsistent: false, isOfficial: false, findings: [{outcome: 'failed', message: 'changed'}]};
  };
  const [ours, theirs, unread] = [run(), run({isOurs: false, path: '/b'}), run({hash: undefined, path: '/c'})];
  const {runs, problems} = await verifiedRuns([ours, theirs, unread, run({study: 'study_1', path: '/d'})], verify);
  expect(asked).toEqual(['/a', '/d']);
  expect(runs.map(({official}) => official)).toEqual([false, undefined, undefined, false]);
  expect(problems.map(({study, path}) => [study, path])).toEqual([
    [null, '/a'],
    ['study_1', '/d'],
  ]);
});
