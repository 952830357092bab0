import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {readPool} from '../../src/pool/read-pool.js';
import {type ReadRun, readRuns} from '../../src/pool/read-runs.js';
import {
  exactArea,
  firstHit,
  profileAt,
  type ScoredRun,
  type ScoredSubmission,
  type Scoring,
  type ScoringTarget,
  score,
  TAU,
} from '../../src/scoring/index.js';
import {expectNumber, expectNumbers, hasLogs, LOGS_0_6, type Numbers, type Time} from './recorded.js';

interface Group {
  readonly submissions: readonly string[];
  readonly reference: string | null;
  readonly algoperf: {
    readonly tau: readonly number[];
    readonly rho: Numbers<readonly number[]>;
    readonly score_normalised: Numbers<number>;
    readonly score_not_normalised: Numbers<number>;
  };
  readonly ours: {
    readonly ratio: Numbers<Numbers<Time>>;
    readonly cut_by_4x: Numbers<readonly string[]>;
    readonly exact_area_normalised: Numbers<number>;
  };
}

interface WorkloadTimes {
  readonly per_study: Numbers<Time>;
  readonly per_study_detail: Numbers<{trial: string; eval_row: number; global_step: number; value: number}>;
  readonly median: Time;
  readonly ours_min_time_per_study?: Numbers<Time>;
  readonly ours_median_of_min_time?: Time;
  readonly ours_first_hits?: Numbers<Numbers<{eval_row: number; time: number}>>;
}

interface Goldens {
  readonly targets: Numbers<{metric: string; target: number; better: string}>;
  readonly time_to_target: Numbers<Numbers<WorkloadTimes>>;
  readonly groups: Numbers<Group>;
  readonly synthetic: {
    readonly inputs: Numbers<Numbers<Numbers<readonly (readonly (readonly [number, number | null])[])[]>>>;
    readonly median_time_to_target: Numbers<Numbers<Time>>;
    readonly groups: Numbers<Group>;
  };
}

/** A 4x rule of its own, since the goldens list what it cuts. */
function cutOf(scores: ReturnType<typeof score>, i: number): string[] {
  const {times, ratios} = scores[i]!;
  return Object.keys(ratios).filter((name) => Number.isFinite(times[name]!.median) && !Number.isFinite(ratios[name]!));
}

function expectGroup(group: Group, scoring: Omit<Scoring, 'submissions'>, all: readonly ScoredSubmission[]): void {
  const submissions = group.submissions.map((name) => all.find((each) => each.name === name)!);
  const scores = score({...scoring, submissions, rules: '0.6', reference: group.reference ?? undefined});
  expect(TAU).toEqual(group.algoperf.tau);
  for (const [i, {submission, score: area, ratios}] of scores.entries()) {
    const values = Object.values(ratios);
    expect(area, submission).toBe(group.algoperf.score_normalised[submission]);
    expectNumber(area * 3, group.algoperf.score_not_normalised[submission]!, 1e-12, submission);
    expect(TAU.map((tau) => profileAt(values, tau, 8))).toEqual(group.algoperf.rho[submission]);
    expectNumbers(ratios, group.ours.ratio[submission]!, 1e-12, submission);
    expect(cutOf(scores, i), submission).toEqual(group.ours.cut_by_4x[submission]);
    expectNumber(exactArea(values), group.ours.exact_area_normalised[submission]!, 1e-12, submission);
  }
}

describe.skipIf(!hasLogs)("the numbers of AlgoPerf's code of v0.6 on its logs of v0.5 (recorded)", () => {
  let golden: Goldens;
  let scoring: Scoring;
  let all: ScoredSubmission[];

  beforeAll(async () => {
    golden = JSON.parse(readFileSync(join(LOGS_0_6, 'goldens.json'), 'utf8'));
    const read = await readPool({dirs: [join(LOGS_0_6, 'external')], rules: '0.6'});
    scoring = read.scoring;
    const [external] = scoring.submissions;
    all = [
      external!,
      {...external!, name: 'external_min_time', runs: ordered(external!, read.targets)},
      ...[1, 2, 3, 4, 5].map((n) => ({
        name: `trial_${n}`,
        runs: chosen(external!, (run) => run.trial === `trial_${n}`),
      })),
    ];
  });

  function chosen({runs}: ScoredSubmission, keep: (run: ScoredRun) => boolean): ScoredSubmission['runs'] {
    return new Map([...runs].map(([workload, ofWorkload]) => [workload, ofWorkload.filter(keep)]));
  }

  /** Each study's runs by their own time to target, as the goldens' program hands them over. */
  function ordered({runs}: ScoredSubmission, targets: ReadonlyMap<string, ScoringTarget>): ScoredSubmission['runs'] {
    const time = (run: ScoredRun, workload: string) => firstHit(run, targets.get(workload)!)?.at.seconds ?? Infinity;
    return new Map(
      [...runs].map(([workload, own]) => [
        workload,
        [...own].sort((a, b) =>
          a.study < b.study ? -1 : a.study > b.study ? 1 : time(a, workload) - time(b, workload),
        ),
      ]),
    );
  }

  test('targets', () => {
    expect([...scoring.targets].slice(0, 8).map(([name, {goal, value}]) => [name, goal, value])).toEqual(
      Object.entries(golden.targets).map(([name, {target, better}]) => [
        name,
        better === 'lower' ? 'minimize' : 'maximize',
        target,
      ]),
    );
  });

  test('times to target of every study, with trial, row, step and value', () => {
    const scores = score({...scoring, submissions: all, rules: '0.6'});
    expect(scores.map(({submission}) => submission).sort()).toEqual(Object.keys(golden.time_to_target).sort());
    for (const {submission, times} of scores) {
      for (const [workload, expected] of Object.entries(golden.time_to_target[submission]!)) {
        const what = `${submission} ${workload}`;
        const {median, studies} = times[workload]!;
        expect(median, what).toBe(expected.median ?? Infinity);
        const found = Object.fromEntries(studies.map(({study, time}) => [study, time]));
        if (studies.length > 0) expectNumbers(found, expected.per_study, 1e-300, what);
        const details = studies.flatMap(({study, hit}) =>
          hit
            ? [[study, {trial: hit.trial, eval_row: hit.at.row, global_step: hit.at.globalStep, value: hit.at.value}]]
            : [],
        );
        expect(Object.fromEntries(details), what).toEqual(expected.per_study_detail);
      }
    }
  });

  test('by the written rules: the least time of each study, and all first hits', () => {
    const [external] = all;
    const [written] = score({...scoring, submissions: [external!], rules: 'written'});
    for (const [workload, expected] of Object.entries(golden.time_to_target.external!)) {
      const {median, studies} = written!.times[workload]!;
      expect(median, workload).toBe(expected.ours_median_of_min_time ?? Infinity);
      const least = Object.fromEntries(studies.map(({study, time}) => [study, time]));
      if (studies.length > 0) expectNumbers(least, expected.ours_min_time_per_study!, 1e-300, workload);
      const hits = (external!.runs.get(workload) ?? []).flatMap((run) => {
        const hit = firstHit(run, scoring.targets.get(workload)!);
        return hit ? [{study: run.study, trial: run.trial, eval_row: hit.at.row, time: hit.at.seconds}] : [];
      });
      const listed = Object.entries(expected.ours_first_hits!).flatMap(([study, trials]) =>
        Object.entries(trials).map(([trial, hit]) => ({study, trial, ...hit})),
      );
      expect(hits, workload).toEqual(listed);
    }
  });

  test('the groups, to the last bit', () => {
    expect(Object.keys(golden.groups).length).toBe(5);
    for (const group of Object.values(golden.groups)) expectGroup(group, scoring, all);
  });

  test('by the written rules: the closed form', () => {
    const group = golden.groups.pseudo5_plus_external_min_time!;
    const submissions = group.submissions.map((name) => all.find((each) => each.name === name)!);
    const scores = score({...scoring, submissions, rules: 'written'});
    const found = Object.fromEntries(scores.map(({submission, score: area}) => [submission, area]));
    expectNumbers(found, group.ours.exact_area_normalised, 1e-12, 'exact');
  });

  test('made-up inputs', () => {
    const submissions = Object.entries(golden.synthetic.inputs).map(([name, workloads]): ScoredSubmission => {
      const runs = Object.entries(workloads).map(([workload, studies]) => {
        const own = Object.entries(studies).flatMap(([study, trials]) =>
          trials.map((rows, i) => runOf(study, `trial_${i + 1}`, rows)),
        );
        return [workload, own] as const;
      });
      return {name, runs: new Map(runs)};
    });
    for (const {submission, times} of score({...scoring, submissions, rules: '0.6'})) {
      const medians = Object.fromEntries(Object.entries(times).map(([name, {median}]) => [name, median]));
      // A workload that is not there is left out of the goldens.
      const expected = golden.synthetic.median_time_to_target[submission]!;
      for (const name of Object.keys(medians))
        expect(medians[name], `${submission} ${name}`).toBe(expected[name] ?? Infinity);
    }
    for (const group of Object.values(golden.synthetic.groups)) expectGroup(group, scoring, submissions);
  });

  function runOf(study: string, trial: string, rows: readonly (readonly [number, number | null])[]): ScoredRun {
    const evaluations = rows.map(([seconds, value], row) => ({
      row,
      globalStep: row,
      seconds,
      value: value ?? Number.NaN,
    }));
    return {study, trial, evaluations};
  }

  test('a run that never reaches its target', () => {
    const folder = {
      submission: 's',
      study: 'study_0',
      workload: 'mnist',
      isOurs: false,
      path: join(LOGS_0_6, 'mnist-example', 'study_0', 'mnist_jax'),
      trials: ['trial_1'],
      logs: [],
    };
    const [run] = readRuns(folder, {metric: 'accuracy', target: {goal: 'maximize', value: 0.97, inclusive: true}})
      .runs as [ReadRun];
    expect(run.evaluations).toMatchObject({count: 42, last: {globalStep: 93_156}});
    expect(run.evaluations.best!.value).toBeLessThan(0.97);
  });
});
