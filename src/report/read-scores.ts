import {existsSync} from 'node:fs';
import {join, relative} from 'node:path';
import {areOfficial, placeOf, type Scored, type SubmissionScore, scoreRuns} from '../pool/index.js';
import {FILES, findFolders, parseRunPath, type RunLocation, readMapping, SWEEP_TABLE} from '../runs/index.js';
import {marked, NOT_OFFICIAL} from '../scoring/index.js';
import {count, UserError} from '../support/index.js';
import type {ScoreReport, ScoreTable} from './report-data.js';

/** Where profiles end: slower than this counts as not reached. */
const MOST_RATIO = 4;
/** Problems that the page lists; of more only the number is shown. */
const MOST_NOTES = 40;

/**
 * The scores of the submissions in a folder, as `algoperf-ts score` makes them. The runs of a sweep are left out: they differ in
 * their parameters. Null where there are no two different submissions to compare, where they can't be scored, or where all runs are
 * this tool's and none has reached a target.
 */
export async function readScores(folder: string): Promise<ScoreReport | null> {
  try {
    const runs = findFolders(folder).runs.map((path) => ({path, ...parseRunPath(relative(folder, path))!}));
    const ofSweeps = runs.filter(({experiment}) => isOfSweep(folder, experiment)).map(({experiment}) => experiment);
    const scored = await scoreRuns({dirs: [folder], exclude: [...new Set(ofSweeps)]});
    const others = runs.filter(({experiment}) => !ofSweeps.includes(experiment));
    return isContest(others, scored) ? scoreReport(scored) : null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function isOfSweep(folder: string, experiment: string): boolean {
  const above = experiment.split('/').slice(0, -1);
  return [[], ...above.map((_, i) => above.slice(0, i + 1))].some((parts) =>
    existsSync(join(folder, ...parts, SWEEP_TABLE)),
  );
}

/**
 * Whether they are submissions to compare: AlgoPerf's own logs, of which a page has nothing else; or runs with different algorithms or
 * in studies, one of which has reached a target.
 */
function isContest(runs: readonly (RunLocation & {readonly path: string})[], {scores}: Scored): boolean {
  const ours = new Set(runs.map(({experiment}) => experiment));
  if (scores.length < 2) return false;
  if (scores.some(({submission}) => !ours.has(submission))) return true;
  const algorithms = new Set(runs.map(({path}) => readMapping(path, FILES.config)?.submission ?? null));
  const isInStudy = runs.some(({study}) => study !== undefined);
  return (algorithms.size > 1 || isInStudy) && scores.some(({reached}) => reached > 0);
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
  const rows = scores.map((each) => [each.submission, ...workloads.map((name) => timeOf(each, name))]);
  const hasMark = rows.some(([, ...cells]) => cells.some((text) => text?.endsWith(NOT_OFFICIAL)));
  return {
    title: 'Times to target',
    note: `In ${by === 'time' ? "seconds on the submission's clock" : 'steps'}, the median over studies; – is not reached.${hasMark ? ` A time with ${NOT_OFFICIAL} is not official.` : ''}`,
    columns: ['Submission', ...workloads],
    rows,
  };
}

function timeOf({times, decisive}: SubmissionScore, name: string): string | null {
  const time = times[name]?.median;
  if (time === undefined || !Number.isFinite(time)) return null;
  const text = time.toLocaleString('en-US', {minimumFractionDigits: 2, maximumFractionDigits: 2});
  return marked(text, areOfficial(decisive, name));
}
