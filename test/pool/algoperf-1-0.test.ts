import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {type Scored, type ScoreOptions, scoreRuns} from '../../src/pool/index.js';
import {readPool} from '../../src/pool/read-pool.js';
import {exactArea, relaxed, type ScoredSubmission, type Scoring, score, TAU} from '../../src/scoring/index.js';
import {expectNumbers, hasLogs, LOGS_1_0, type Numbers, type Time} from './recorded.js';

interface Board {
  readonly scores: Numbers<number>;
  readonly rank: Numbers<number>;
  readonly timeToTarget: Numbers<Numbers<Time>>;
  readonly profileCounts: Numbers<readonly number[]>;
}

interface Pool {
  readonly submissions: readonly string[];
  readonly wallclock: Board;
  readonly steps: Board;
  readonly relaxed10: Board;
}

interface Goldens {
  readonly tau: readonly number[];
  readonly targets: Numbers<{metric: string; value: number}>;
  readonly pools: Numbers<Pool>;
  readonly relaxationSweep_all17: {readonly byPercent: Numbers<Numbers<readonly [number, number, number]>>};
  readonly perStudyTimes_all17: {readonly data: Numbers<Numbers<readonly (Time | 'missing')[]>>};
  readonly writtenRules: {
    readonly timeToTarget_all17: Numbers<Numbers<Time>>;
    readonly exactScores_all17: Numbers<number>;
    readonly exactScores_report13: Numbers<number>;
    readonly exactScores_from_their_times_all17: Numbers<number>;
    readonly timeDifferences: readonly {submission: string; workload: string; theirs: number; rules: Time}[];
  };
  readonly published: {
    readonly wallclock14: Numbers<number>;
    readonly steps14: Numbers<number>;
    readonly ademamix_golden: {readonly wallclock: Numbers<Time>; readonly steps: Numbers<Time>};
    readonly relaxed10_14_with_single_worker_diloco: Numbers<number>;
    readonly relaxed10_after_rerun_of_sf_jax_v2_resnet_8037s: Numbers<number>;
  };
}

/** pandas rounds what it reads. */
const TIMES = 1e-9;

describe.skipIf(!hasLogs)("the numbers of AlgoPerf's code of v1.0 on its logs (recorded)", () => {
  const dirs = [join(LOGS_1_0, 'self_tuning')];
  let golden: Goldens;

  beforeAll(() => {
    golden = JSON.parse(readFileSync(join(LOGS_1_0, 'goldens.json'), 'utf8'));
  });

  test('the points of profiles', () => {
    expect(TAU).toEqual(golden.tau);
  });

  const by = <T>(scores: readonly {readonly submission: string}[], of: (each: never) => T): Numbers<T> =>
    Object.fromEntries(scores.map((each) => [each.submission, of(each as never)]));
  const medians = ({times}: Pick<Scored['scores'][number], 'times'>) =>
    Object.fromEntries(Object.entries(times).map(([name, {median}]) => [name, median]));

  function expectBoard(found: readonly Scored['scores'][number][], board: Board, what: string): void {
    expect(by(found, ({score}: Scored['scores'][number]) => score)).toEqual(board.scores);
    expect(by(found, ({rank}: Scored['scores'][number]) => rank)).toEqual(board.rank);
    for (const each of found) {
      expectNumbers(medians(each), board.timeToTarget[each.submission]!, TIMES, `${what} ${each.submission}`);
      const reached = Object.values(board.timeToTarget[each.submission]!).filter((time) => time !== null).length;
      expect(each.reached).toBe(reached);
      const ratios = Object.values(each.ratios);
      const counts = TAU.map((tau) => ratios.filter((ratio) => ratio <= tau).length);
      expect(counts, each.submission).toEqual(board.profileCounts[each.submission]);
    }
  }

  test.each<[string, string, Partial<ScoreOptions>]>([
    ['all17', 'wallclock', {}],
    ['all17', 'steps', {by: 'steps'}],
    ['report13', 'wallclock', {}],
    ['report13', 'steps', {by: 'steps'}],
  ])('pool %s by %s', async (pool, kind, options) => {
    const {submissions, [kind as 'steps']: board} = golden.pools[pool]!;
    const scored = await scoreRuns({dirs, rules: '1.0', include: submissions, ...options});
    expect(scored.pool.submissions).toEqual([...submissions].sort());
    expect(
      Object.entries(scored.targets)
        .map(([name, {metric, value}]) => [name, `validation/${metric}`, value])
        .sort(),
    ).toEqual(
      Object.entries(golden.targets)
        .map(([name, {metric, value}]) => [name, metric, value])
        .sort(),
    );
    expectBoard(scored.scores, board, kind);
    for (const {submission, profile} of scored.scores)
      expect(profile.map(({share}) => Math.round(share * 9))).toEqual(board.profileCounts[submission]);
  });

  test.each(['all17', 'report13'])('pool %s with targets that are 10 %% easier', async (pool) => {
    const {submissions, relaxed10} = golden.pools[pool]!;
    const scored = await scoreRuns({dirs, rules: '1.0', include: submissions, relax: [['all', 0.1]]});
    expectBoard(scored.relaxed!.scores as unknown as Scored['scores'], relaxed10, 'relaxed');
  });

  test('the sweep of relaxations', async () => {
    const {relaxSweep} = await scoreRuns({dirs, rules: '1.0', relaxSweep: 0.2});
    const {byPercent} = golden.relaxationSweep_all17;
    expect(relaxSweep!.map(({fraction}) => fraction)).toEqual(
      Object.keys(byPercent).map((percent) => Number(percent) / 100),
    );
    for (const [percent, expected] of Object.entries(byPercent)) {
      const found = relaxSweep![Number(percent)]!.scores.map(({submission, score, rank, reached}) => [
        submission,
        [score, rank, reached],
      ]);
      expect(Object.fromEntries(found), percent).toEqual(expected);
    }
  });

  test('times of every study', async () => {
    const {scoring} = await readPool({dirs, rules: '1.0'});
    const found = score({...scoring, rules: 'written'});
    for (const {submission, times} of found) {
      for (const [workload, expected] of Object.entries(golden.perStudyTimes_all17.data[submission]!)) {
        const studies = new Map(times[workload]!.studies.map(({study, time}) => [study, time]));
        for (const [i, time] of expected.entries()) {
          const what = `${submission} ${workload} ${i}`;
          const there = studies.get(`study_${i}`);
          if (time === 'missing') expect(there, what).toBeUndefined();
          else expect(there, what).toBe(time ?? Infinity);
        }
      }
    }
  });

  test('by the written rules: times, scores, and every difference with its reason', async () => {
    const {writtenRules} = golden;
    const scored = await scoreRuns({dirs});
    for (const each of scored.scores)
      expectNumbers(medians(each), writtenRules.timeToTarget_all17[each.submission]!, 1e-12, each.submission);
    expectNumbers(
      by(scored.scores, ({score}: Scored['scores'][number]) => score),
      writtenRules.exactScores_all17,
      1e-12,
      'all17',
    );
    const times = scored.differences.filter(({quantity}) => quantity === 'time to target');
    expect(times.map(({submission, workload, written, compat}) => ({submission, workload, written, compat}))).toEqual(
      writtenRules.timeDifferences.map(({submission, workload, theirs, rules}) => ({
        submission,
        workload,
        written: rules ?? Infinity,
        compat: expect.closeTo(theirs, 4),
      })),
    );
    const compat = golden.pools.all17!.wallclock;
    const differing = scored.scores.filter(
      ({submission, score}) => Math.abs(score - compat.scores[submission]!) > 1e-12,
    );
    const explained = scored.differences.filter(({quantity}) => quantity === 'score').map(({submission}) => submission);
    expect(explained.sort()).toEqual(differing.map(({submission}) => submission).sort());
    const moved = scored.scores.filter(({submission, rank}) => rank !== compat.rank[submission]);
    const ranked = scored.differences.filter(({quantity}) => quantity === 'rank').map(({submission}) => submission);
    expect(ranked.sort()).toEqual(moved.map(({submission}) => submission).sort());
    for (const {because} of scored.differences) expect(because.length).toBeGreaterThan(0);
  });

  test('by the written rules in the smaller pool, and the exact area on the times of the code', async () => {
    const {submissions} = golden.pools.report13!;
    const smaller = await scoreRuns({dirs, include: submissions});
    const {exactScores_report13, exactScores_from_their_times_all17} = golden.writtenRules;
    expectNumbers(
      by(smaller.scores, ({score}: Scored['scores'][number]) => score),
      exactScores_report13,
      1e-12,
      'report13',
    );
    const {scores} = await scoreRuns({dirs, rules: '1.0'});
    const areas = by(scores, ({ratios}: Scored['scores'][number]) => exactArea(Object.values(ratios)));
    expectNumbers(areas, exactScores_from_their_times_all17, 1e-12, 'their times');
  });

  describe('as published', () => {
    /** A submission by the times that a report prints. */
    function printed(name: string, times: Numbers<Time>, scoring: Scoring): ScoredSubmission {
      const runs = Object.entries(times).flatMap(([workload, time]) => {
        if (time === null) return [];
        const {value} = scoring.targets.get(workload)!;
        return [
          [
            workload,
            [{study: 'study_0', trial: 'trial_1', evaluations: [{row: 0, globalStep: time, seconds: time, value}]}],
          ] as const,
        ];
      });
      return {name, runs: new Map(runs)};
    }

    test.each([
      ['wallclock14', 'wallclock', 'time'],
      ['steps14', 'steps', 'steps'],
    ] as const)('%s', async (name, kind, axis) => {
      const {scoring} = await readPool({dirs, rules: '1.0', by: axis, include: golden.pools.report13!.submissions});
      const {published} = golden;
      const submissions = [
        ...scoring.submissions,
        printed('ademamix_golden', published.ademamix_golden[kind], scoring),
      ];
      const scores = score({...scoring, submissions});
      expectNumbers(
        by(scores, ({score}: Scored['scores'][number]) => score),
        published[name],
        1e-12,
        name,
      );
    });

    test('10 % easier targets', async () => {
      const include = Object.keys(golden.published.relaxed10_14_with_single_worker_diloco);
      const {relaxed} = await scoreRuns({dirs, rules: '1.0', include, relax: [['all', 0.1]]});
      expectNumbers(
        by(relaxed!.scores, ({score}: Scored['scores'][number]) => score),
        golden.published.relaxed10_14_with_single_worker_diloco,
        1e-12,
        'relaxed',
      );
    });

    test('10 % easier targets, after a run was made again', async () => {
      const published = golden.published.relaxed10_after_rerun_of_sf_jax_v2_resnet_8037s;
      const {scoring} = await readPool({dirs, rules: '1.0', include: Object.keys(published), relax: [['all', 0.1]]});
      const targets = new Map([...scoring.targets].map(([name, target]) => [name, relaxed(target, 0.1)]));
      const submissions = scoring.submissions.map((each) => {
        if (each.name !== 'schedule_free_adamw_jax_v2') return each;
        const again = printed(each.name, {imagenet_resnet: 8037.07}, scoring).runs;
        return {...each, runs: new Map([...each.runs, ...again])};
      });
      const scores = score({...scoring, targets, submissions});
      expectNumbers(
        by(scores, ({score}: Scored['scores'][number]) => score),
        published,
        1e-12,
        'made again',
      );
    });
  });
});
