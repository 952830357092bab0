import {placeOf, type Scored, scoreRuns} from '../pool/index.js';
import {count, UserError} from '../support/index.js';
import type {ScoreReport, ScoreTable} from './report-data.js';

/** Where profiles end: slower than this counts as not reached. */
const MOST_RATIO = 4;
/** Problems that the page lists; of more only the number is shown. */
const MOST_NOTES = 40;

/**
 * The scores of the submissions in a folder, as `algoperf-ts score` makes them; null where there are fewer than two submissions to
 * compare, where none has reached a target, or where they can't be scored.
 */
export async function readScores(folder: string): Promise<ScoreReport | null> {
  try {
    const scored = await scoreRuns({dirs: [folder]});
    const isContest = scored.scores.length > 1 && scored.scores.some(({reached}) => reached > 0);
    return isContest ? scoreReport(scored) : null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

export function scoreReport(scored: Scored): ScoreReport {
  const {scores, problems} = scored;
  const steps = scores.map(({profile}) => profile.map(({tau}) => tau));
  const tau = [...new Set([1, ...steps.flat(), MOST_RATIO])].sort((a, b) => a - b);
  const shareAt = (profile: Scored['scores'][number]['profile'], at: number) =>
    profile.findLast((step) => step.tau <= at)?.share ?? 0;
  const notes = problems.map((problem) => `${placeOf(problem)}: ${problem.what}`);
  const left = notes.length - MOST_NOTES;
  return {
    tables: [scoreTable(scored), timesTable(scored)],
    profiles: {
      tau,
      shares: Object.fromEntries(
        scores.map(({submission, profile}) => [submission, tau.map((at) => shareAt(profile, at))]),
      ),
    },
    notes: left > 1 ? [...notes.slice(0, MOST_NOTES), `... and ${count(left)} more`] : notes,
  };
}

function scoreTable({scores, pool, by}: Scored): ScoreTable {
  return {
    title: 'Scores',
    note: `The area under the performance profile by ${by}. A score holds among these submissions only; logs ${pool.hash.slice(0, 12)}.`,
    columns: ['Submission', 'Rank', 'Score', 'Targets reached', 'Runs', 'Official'],
    rows: scores.map(({submission, rank, score, reached, runs, official}) => [
      submission,
      rank,
      score.toFixed(4),
      `${reached} of ${pool.workloads.length}`,
      runs,
      official === null ? null : official ? 'yes' : 'no',
    ]),
  };
}

function timesTable({scores, pool, by}: Scored): ScoreTable {
  const workloads = [...pool.workloads, ...pool.heldOut];
  return {
    title: 'Times to target',
    note: `In ${by === 'time' ? "seconds on the submission's clock" : 'steps'}, the median over studies; – is not reached.`,
    columns: ['Submission', ...workloads],
    rows: scores.map(({submission, times}) => [submission, ...workloads.map((name) => timeOf(times[name]?.median))]),
  };
}

function timeOf(time: number | undefined): string | null {
  if (time === undefined || !Number.isFinite(time)) return null;
  return time.toLocaleString('en-US', {minimumFractionDigits: 2, maximumFractionDigits: 2});
}
