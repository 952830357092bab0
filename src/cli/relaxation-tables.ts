import type {Scored} from '../pool/index.js';
import {type Cell, cell, decimals, list, type ScoreTable} from './score-cells.js';

/** Relaxations that a table for readers has at most. */
const MOST_SHOWN = 6;

/** Scores with the targets of `--relax`. */
export function relaxed({relaxed: of, pool}: Scored): ScoreTable {
  const rows = (of?.scores ?? []).map(({rank, submission, score, rankShift, reached, newlyReached}) => [
    cell(submission),
    cell(rank),
    decimals(score, 4),
    {value: rankShift, text: String(rankShift)},
    {value: reached, text: `${reached} of ${pool.workloads.length}`},
    list(newlyReached),
  ]);
  return {
    title: 'Scores with relaxed targets',
    columns: ['submission', 'rank', 'score', 'ranks gained', 'reached', 'newly reached'],
    rows,
  };
}

/** A row a submission and relaxation. */
export function relaxSweep({relaxSweep: of}: Scored): ScoreTable {
  const rows = (of ?? []).flatMap(({fraction, scores}) =>
    scores.map(({submission, score, rank, reached}) => [
      decimals(fraction, 2),
      cell(submission),
      decimals(score, 4),
      cell(rank),
      cell(reached),
    ]),
  );
  const columns = ['relaxed by', 'submission', 'score', 'rank', 'reached'];
  return {title: 'Scores by how far all targets are relaxed', columns, rows};
}

/** The same for readers: a row a submission, with its score and rank at a few of the relaxations. */
export function shortRelaxSweep({relaxSweep: of, scores}: Scored): ScoreTable {
  const sweep = of ?? [];
  const last = sweep.length - 1;
  const every = [1, 2, 5, 10, 20, 25].find((hundredths) => Math.ceil(last / hundredths) < MOST_SHOWN) ?? last;
  const shown = sweep.filter((_, i) => i % every === 0 || i === last);
  const rows = scores.map(({submission}) => [
    cell(submission),
    ...shown.map(({scores: swept}): Cell => {
      const {score, rank} = swept.find((each) => each.submission === submission)!;
      return cell(`${score.toFixed(4)} (${rank})`);
    }),
  ]);
  return {
    title: 'Scores, and ranks, by how far all targets are relaxed',
    columns: ['submission', ...shown.map(({fraction}) => fraction.toFixed(2))],
    rows: of ? rows : [],
    ...(shown.length < sweep.length && {note: 'every hundredth: --format csv or json'}),
  };
}
