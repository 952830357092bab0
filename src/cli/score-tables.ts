import {areOfficial, placeOf, type Scored, type SubmissionScore} from '../pool/index.js';
import {type Difference, type Interval, marked, NOT_OFFICIAL, NOT_OFFICIAL_NOTE} from '../scoring/index.js';
import {count} from '../support/index.js';
import {relaxed, relaxSweep, shortRelaxSweep} from './relaxation-tables.js';
import {
  type Cell,
  cell,
  decimals,
  list,
  NOTHING,
  orNothing,
  range,
  type ScoreTable,
  timeCell,
  timeText,
} from './score-cells.js';
import {shortened} from './table.js';

function scores({scores, pool}: Scored): ScoreTable {
  const hasIntervals = scores.some(({intervals}) => intervals !== null);
  const intervals = ({intervals: of}: SubmissionScore): Cell[] => {
    if (!hasIntervals || !of) return [];
    const ends = (interval: Interval, text: (end: number) => string): Cell => {
      const written = range(interval, text);
      return {value: written, text: written};
    };
    return [ends(of.score, (end) => end.toFixed(3)), ends(of.rank, String)];
  };
  const added = hasIntervals ? ['95 % interval', 'ranks'] : [];
  return {
    title: 'Scores',
    columns: ['submission', 'rank', 'score', ...added, 'reached', 'runs', 'official'],
    rows: scores.map((each) => [
      cell(each.submission),
      cell(each.rank),
      decimals(each.score, 4),
      ...intervals(each),
      {value: each.reached, text: `${each.reached} of ${pool.workloads.length}`},
      cell(each.runs),
      yesOrNo(each.official),
    ]),
  };
}

const yesOrNo = (value: boolean | null): Cell => (value === null ? NOTHING : {value, text: value ? 'yes' : 'no'});

/** A time to a workload's target, marked where it rests on a run that is not official. */
function officially({decisive}: SubmissionScore, workload: string, text: string): string {
  return text === '-' ? text : marked(text, areOfficial(decisive, workload));
}

/** The notes below a table, as its property; nothing without any. */
function notesOf(notes: readonly (string | false)[]): Pick<ScoreTable, 'note'> {
  const note = notes.filter(Boolean).join('; ');
  return note === '' ? {} : {note};
}

function markNote(rows: ScoreTable['rows']): string | false {
  return rows.some((row) => row.slice(1).some(({text}) => text.includes(NOT_OFFICIAL))) && NOT_OFFICIAL_NOTE;
}

function times({scores, pool, by}: Scored): ScoreTable {
  const workloads = [...pool.workloads, ...pool.heldOut];
  const isCut = ({times, ratios}: SubmissionScore, name: string) =>
    Number.isFinite(times[name]!.median) && Object.hasOwn(ratios, name) && !Number.isFinite(ratios[name]!);
  const rows = scores.map((each) => [
    cell(each.submission),
    ...workloads.map((name): Cell => {
      const {value, text} = timeCell(each.times[name]!.median);
      return {value, text: `${officially(each, name, text)}${isCut(each, name) ? '*' : ''}`};
    }),
  ]);
  const hasCut = scores.some((each) => workloads.some((name) => isCut(each, name)));
  const unit = by === 'time' ? "seconds on the submission's clock" : 'steps';
  const reason = pool.heldOut.length > 0 ? ', or a held-out workload was missed' : '';
  return {
    title: `Times to target in ${unit}, median over studies`,
    columns: ['submission', ...workloads],
    rows,
    ...notesOf([hasCut && `* does not count: more than 4 times the fastest${reason}`, markNote(rows)]),
  };
}

function studies({scores}: Scored): ScoreTable {
  const rows = scores.flatMap(({submission, times, decisive}) =>
    Object.entries(times).flatMap(([workload, {studies}]) =>
      studies.map(({study, hit, time}) => [
        cell(submission),
        cell(workload),
        study === '' ? NOTHING : cell(study),
        orNothing(hit?.trial ?? null),
        timeCell(time),
        hit ? {value: hit.at.globalStep, text: count(hit.at.globalStep)} : NOTHING,
        hit ? cell(hit.at.value) : NOTHING,
        yesOrNo(decisive.find((run) => run.workload === workload && run.study === study)?.official ?? null),
      ]),
    ),
  );
  const columns = ['submission', 'workload', 'study', 'trial', 'time', 'step', 'value', 'official'];
  return {title: 'Times to target of each study', columns, rows};
}

function intervals({scores}: Scored): ScoreTable {
  const rows = scores.flatMap((each) => {
    const {submission, times, intervals: of} = each;
    return Object.entries(of?.times ?? {}).map(([workload, interval]) => {
      const ends = interval ? [interval.low, interval.high] : [];
      const endCell = (end: number | undefined): Cell =>
        end === undefined ? NOTHING : Number.isFinite(end) ? timeCell(end) : cell('inf');
      const time = timeCell(times[workload]!.median);
      const shown = {...time, text: officially(each, workload, time.text)};
      return [cell(submission), cell(workload), shown, endCell(ends[0]), endCell(ends[1])];
    });
  });
  const columns = ['submission', 'workload', 'time', 'low', 'high'];
  return {title: '95 % intervals of times to target, over studies', columns, rows, ...notesOf([markNote(rows)])};
}

function targets({targets}: Scored): ScoreTable {
  const rows = Object.entries(targets).map(([workload, {metric, goal, value, inclusive, limitSeconds, source}]) => [
    cell(workload),
    cell(metric),
    cell(`${goal === 'maximize' ? '>' : '<'}${inclusive ? '=' : ''}`),
    cell(value),
    limitSeconds === undefined ? NOTHING : {value: limitSeconds, text: count(limitSeconds)},
    cell(source),
  ]);
  return {title: 'Targets on validation', columns: ['workload', 'metric', 'is', 'target', 'limit (s)', 'from'], rows};
}

function profiles({scores}: Scored): ScoreTable {
  const rows = scores.flatMap(({submission, profile}) =>
    profile.map(({tau, share}) => [cell(submission), decimals(tau, 4), decimals(share, 4)]),
  );
  return {title: 'Performance profiles', columns: ['submission', 'tau', 'share'], rows};
}

const BELOW_ONE = "AlgoPerf's own number is a ratio of times: below 1 is faster";
const NO_BUDGET = "AlgoPerf's own number: its code has no budgets for these workloads, and takes seconds only";

function speedups({speedups: of, pool, rules}: Scored): ScoreTable {
  const isCompat = rules !== 'written';
  const rows = (of?.rows ?? []).map(({submission, mean, byWorkload, onlyHere, onlyThere, algoperf}) => [
    cell(submission),
    mean === undefined ? NOTHING : decimals(mean, 3),
    {
      value: Object.keys(byWorkload).length,
      text: `${Object.keys(byWorkload).length} of ${pool.workloads.length}`,
    },
    list(onlyHere),
    list(onlyThere),
    ...(isCompat ? [algoperf === null ? NOTHING : decimals(algoperf, 4)] : []),
  ]);
  return {
    title: `Speed-ups over ${of?.over}: geometric mean over the workloads that both reached`,
    columns: ['submission', 'speed-up', 'workloads', 'only it reached', 'it missed', ...(isCompat ? ['AlgoPerf'] : [])],
    rows,
    ...(isCompat && {note: rows.some((row) => row.at(-1) !== NOTHING) ? BELOW_ONE : NO_BUDGET}),
  };
}

function numberText({quantity}: Difference, value: number): string {
  if (quantity === 'score') return value.toFixed(6);
  return quantity === 'rank' ? String(value) : timeText(value);
}

function differences({differences: of, comparedWith}: Scored): ScoreTable {
  const rows = of.map((each) => [
    cell(each.submission),
    cell(each.quantity),
    orNothing(each.workload ?? null),
    {value: Number.isFinite(each.written) ? each.written : null, text: numberText(each, each.written)},
    {value: Number.isFinite(each.compat) ? each.compat : null, text: numberText(each, each.compat)},
    cell(each.because.join('; ')),
  ]);
  return {
    title: `Differences from AlgoPerf's code (${comparedWith})`,
    columns: ['submission', 'number', 'workload', 'by the rules', 'by the code', 'reason'],
    rows,
    sentencesFrom: 5,
  };
}

function problems({problems: of}: Scored): ScoreTable {
  const rows = of.map((each) => [
    cell(each.kind),
    cell(placeOf(each)),
    {value: each.what, text: shortened(each.what, LONGEST)},
    orNothing(each.path),
  ]);
  const columns = ['kind', 'run', 'what', 'path'];
  const kinds = [...new Set(of.map(({kind}) => kind))];
  const named = [kinds.slice(0, -1).join(', '), ...kinds.slice(-1)].filter(Boolean).join(' or ');
  return {title: `Runs that are ${named || 'missing, failed or short'}`, columns, rows, sentencesFrom: 2};
}

/** Characters of a sentence that a table for readers has room for. */
const LONGEST = 120;

/** The tables by name, in the order in which they are shown. */
export const SCORE_TABLES = {
  scores,
  times,
  studies,
  intervals,
  targets,
  profiles,
  speedups,
  relaxed,
  'relax-sweep': relaxSweep,
  differences,
  problems,
} as const;

/** The tables for readers: as {@link SCORE_TABLES}, those that are long cut short. */
export const SHOWN_TABLES: {readonly [name in TableName]: (scored: Scored) => ScoreTable} = {
  ...SCORE_TABLES,
  'relax-sweep': shortRelaxSweep,
};

/** One of {@link SCORE_TABLES}. */
export type TableName = keyof typeof SCORE_TABLES;

/** What is shown where no tables are asked for. */
export function defaultTables({speedups: over, relaxed: eased, relaxSweep: sweep}: Scored): TableName[] {
  return [
    'scores',
    'times',
    ...(over ? (['speedups'] as const) : []),
    ...(eased ? (['relaxed'] as const) : []),
    ...(sweep ? (['relax-sweep'] as const) : []),
    'differences',
    'problems',
  ];
}
