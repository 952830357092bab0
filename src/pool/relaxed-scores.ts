import {type Score, type Scoring, score} from '../scoring/index.js';
import {type Relaxation, relaxedTargets} from './relaxation.js';

/** A submission's score with easier targets. */
export interface RelaxedScore extends Score {
  /** Its rank less this one: above 0, it does better with easier targets. */
  readonly rankShift: number;
  /** Workloads whose target it reaches only now. */
  readonly newlyReached: readonly string[];
}

/** The pool with easier targets. */
export interface RelaxedScores {
  readonly targets: {readonly [workload: string]: number};
  /** The best first. */
  readonly scores: readonly RelaxedScore[];
}

/** @throws UserError if a name of the relaxation is of no workload that is scored */
export function relaxedScores(scoring: Scoring, before: readonly Score[], relaxation: Relaxation): RelaxedScores {
  const targets = relaxedTargets(scoring.targets, relaxation);
  const scores = score({...scoring, targets}).map((each, i): RelaxedScore => {
    const isNew = (workload: string) =>
      Number.isFinite(each.times[workload]!.median) && !Number.isFinite(before[i]!.times[workload]!.median);
    return {
      ...each,
      rankShift: before[i]!.rank - each.rank,
      newlyReached: Object.keys(each.times).filter(isNew),
    };
  });
  return {
    targets: Object.fromEntries([...targets].map(([name, {value}]) => [name, value])),
    scores: scores.sort((a, b) => a.rank - b.rank),
  };
}

/** The pool with all targets easier by one fraction; in the order of the submissions. */
export interface SweptScores {
  readonly fraction: number;
  readonly scores: readonly Pick<Score, 'submission' | 'score' | 'rank' | 'reached'>[];
}

/** The pool with targets that are easier by 0, 0.01, 0.02, ... up to a fraction. */
export function sweptScores(scoring: Scoring, most: number): SweptScores[] {
  const hundredths = Math.round(most * 100);
  return Array.from({length: hundredths + 1}, (_, percent) => {
    const fraction = percent / 100;
    const targets = relaxedTargets(scoring.targets, [['all', fraction]]);
    const scores = score({...scoring, targets}).map(({submission, score, rank, reached}) => ({
      submission,
      score,
      rank,
      reached,
    }));
    return {fraction, scores};
  });
}
