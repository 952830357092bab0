import {foldIn, keyFromSeed} from '../random/index.js';
import {boardOf, columnsOf, standings, workloadsDividedBy} from './board.js';
import {
  type BootstrapOptions,
  DEFAULT_LEVEL,
  DEFAULT_RESAMPLES,
  type Interval,
  intervalOf,
  resampled,
} from './bootstrap.js';
import {median} from './median.js';
import {POSITIVE_INFINITY, type Scoring} from './pool.js';
import {profileAt, TAU} from './profile.js';
import {timesOf} from './score.js';
import type {TimeToTarget} from './time-to-target.js';

/** How far a submission's numbers move where its studies, and those of all others, are drawn again. */
export interface ScoreIntervals {
  readonly submission: string;
  readonly score: Interval;
  /** Both ends are ranks that came up. */
  readonly rank: Interval;
  /** By workload; undefined with a single study. */
  readonly times: {readonly [workload: string]: Interval | undefined};
  /** Of the share of workloads at each point of {@link TAU}. */
  readonly profile: readonly Interval[];
}

/**
 * Intervals by the bootstrap over studies: in each sample, every submission's studies of every workload are drawn again, and all of
 * the pool is scored. A study that is missing is one that did not reach the target, where the rules count it so. In the order of the
 * submissions; undefined if nothing has two studies, so that nothing moves.
 * @throws RangeError as {@link score} and {@link bootstrap} do
 */
export function scoreIntervals(
  scoring: Scoring,
  {seed = 0, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL}: BootstrapOptions = {},
): ScoreIntervals[] | undefined {
  const columns = columnsOf(scoring);
  const studies = timesOf(scoring).map((row) => row.map(studyTimes));
  if (!studies.some((row) => row.some((times) => times.length > 1))) return undefined;
  const root = keyFromSeed(seed);
  const samples = studies.map((row, i) =>
    row.map((times, column) => {
      // A stream of its own for each name, so that who else is in the pool does not change what is drawn.
      const key = foldIn(foldIn(root, hashOf(scoring.submissions[i]!.name)), hashOf(columns[column]!));
      return resampled(times, {key, resamples, statistic: median});
    }),
  );
  const drawn = drawnStandings(samples, scoring, resamples);
  return scoring.submissions.map(({name}, i) => ({
    submission: name,
    score: intervalOf(drawn.scores[i]!, level),
    rank: nearest(intervalOf(drawn.ranks[i]!, level)),
    times: Object.fromEntries(
      columns.map((column, j) => [
        column,
        studies[i]![j]!.length > 1 ? intervalOf(samples[i]![j]!.slice(), level) : undefined,
      ]),
    ),
    profile: drawn.profiles[i]!.map((shares) => intervalOf(shares, level)),
  }));
}

function studyTimes({studies, missing}: TimeToTarget): number[] {
  const times = [...studies.map(({time}) => time), ...Array<number>(missing).fill(POSITIVE_INFINITY)];
  return times.length === 0 ? [POSITIVE_INFINITY] : times;
}

/** Of each submission, by sample; of its profile, by point and sample. */
interface Drawn {
  readonly scores: Float64Array[];
  readonly ranks: Float64Array[];
  readonly profiles: Float64Array[][];
}

function drawnStandings(samples: readonly (readonly Float64Array[])[], scoring: Scoring, resamples: number): Drawn {
  const board = boardOf(scoring);
  const perSample = () => samples.map(() => new Float64Array(resamples));
  const drawn = {
    scores: perSample(),
    ranks: perSample(),
    profiles: samples.map(() => TAU.map(() => new Float64Array(resamples))),
  };
  for (let n = 0; n < resamples; n++) {
    const {ratios, scores, ranks} = standings(
      samples.map((row) => row.map((values) => values[n]!)),
      board,
    );
    for (let i = 0; i < samples.length; i++) {
      drawn.scores[i]![n] = scores[i]!;
      drawn.ranks[i]![n] = ranks[i]!;
      for (const [j, tau] of TAU.entries())
        drawn.profiles[i]![j]![n] = profileAt(ratios[i]!, tau, workloadsDividedBy(board.rules, board.workloads));
    }
  }
  return drawn;
}

/** A percentile of whole numbers lies between two of them where it is none: the interval then takes both in. */
function nearest({low, high}: Interval): Interval {
  return {low: Math.floor(low), high: Math.ceil(high)};
}

/** FNV-1a of 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
