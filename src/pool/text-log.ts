/** One trial's evaluations in a text log of AlgoPerf's runner. */
export interface LoggedTrial {
  /** `trial_1`, as its folder is called. */
  readonly trial: string;
  readonly evaluations: readonly LoggedEvaluation[];
}

/** An evaluation with its numbers as the log has them. */
export interface LoggedEvaluation {
  /** Counts from 1. */
  readonly line: number;
  /** By the names of the table's columns. */
  readonly cells: ReadonlyMap<string, string>;
}

const TRIAL = /--- Tuning run (\d+)\/\d+ ---/;
const EVALUATION = /Time since start: .*?Step: (\d+),\s*\{(.*)\}\s*$/;
/** `'train/ctc_loss': Array(6.5, dtype=float32)`: the number, bare or within what it was an array of. */
const ENTRY = /\s*'([^']+)': (?:[\w.]+\()?([-+.\w]+?)(?:, dtype=[\w.]+)?\)?\s*(?:,|$)/y;

/**
 * Reads a text log of AlgoPerf's runner: of each trial that was begun its evaluations, those without any too. A log of self-tuning,
 * which numbers no trials, is of `trial_1`. A line that is cut is no evaluation.
 */
export function readTextLog(text: string): LoggedTrial[] {
  const trials = new Map<string, LoggedEvaluation[]>();
  let current = 'trial_1';
  for (const [i, line] of text.split('\n').entries()) {
    const [, number] = TRIAL.exec(line) ?? [];
    if (number !== undefined) current = `trial_${number}`;
    if (!trials.has(current) && (number !== undefined || line.includes('Creating directory at')))
      trials.set(current, []);
    const cells = evaluationIn(line);
    if (!cells) continue;
    if (!trials.has(current)) trials.set(current, []);
    trials.get(current)!.push({line: i + 1, cells});
  }
  return [...trials].map(([trial, evaluations]) => ({trial, evaluations}));
}

function evaluationIn(line: string): ReadonlyMap<string, string> | undefined {
  const [, step, entries] = EVALUATION.exec(line) ?? [];
  if (step === undefined || entries === undefined) return undefined;
  const cells = new Map<string, string>();
  ENTRY.lastIndex = 0;
  for (let at = 0; at < entries.length; at = ENTRY.lastIndex) {
    const entry = ENTRY.exec(entries);
    if (!entry) return undefined;
    cells.set(entry[1]!, entry[2]!);
  }
  return cells.set('global_step', step);
}
