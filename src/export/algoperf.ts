import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {
  FILES,
  formatRecord,
  numbered,
  parseNumber,
  type RunSummary,
  readMapping,
  readProcessFiles,
  readTable,
  targetRuleIn,
} from '../runs/index.js';
import {makeFolder, onDisk, snakeCase, writeWhole} from '../support/index.js';
import {type Exported, exportEach} from './each-run.js';
import {requireEmptyFolder} from './empty-folder.js';
import {folderName, folderNames} from './folder-names.js';
import {spreadsheetText} from './spreadsheet-text.js';

/**
 * AlgoPerf's scoring knows two frameworks by the ends of folder names; it makes no difference between them.
 */
const FRAMEWORK = 'jax';

/** What scoring knows as a study of its own where there was none. */
const NO_STUDY = 0;

/**
 * Writes runs as the folders that AlgoPerf's scoring takes as its `--submission_directory`:
 * `<out>/<experiment>/study_k/<workload>_jax/trial_n/eval_measurements.csv` and the files beside it, as AlgoPerf's runner writes them.
 * @param out - a new or an empty folder
 * @throws UserError if it is not empty, or can't be written
 */
export function exportAlgoperf(runs: readonly RunSummary[], out: string): Exported {
  requireEmptyFolder(out, '--algoperf');
  const submissions = folderNames(runs.map(({experiment}) => experiment));
  const counts = exportEach<AlgoperfRun>(runs, {
    read: filesOf,
    write({experiment, study, workload, trial}, {files, evaluations}) {
      const names = [`study_${study ?? NO_STUDY}`, `${folderName(workload!)}_${FRAMEWORK}`, `trial_${trial}`];
      const folder = join(out, submissions.get(experiment)!, ...names);
      onDisk(folder, () => makeFolder(folder));
      for (const [name, content] of Object.entries(files)) writeWhole(join(folder, name), content);
      return evaluations;
    },
    notes: equalityNotes,
  });
  return {to: out, ...counts};
}

/** A run as AlgoPerf has it. */
interface AlgoperfRun {
  /** By name. */
  readonly files: {readonly [name: string]: string};
  readonly evaluations: number;
  /** Those of the evaluations' table. */
  readonly rows: readonly TextRow[];
}

/** AlgoPerf's scoring counts a target that is equalled; its runner, and this tool, one that is exceeded. */
function equalityNotes({path, timeToTarget}: RunSummary, {rows}: AlgoperfRun): string[] {
  const rule = targetRuleIn(readMapping(path, numbered('meta_data', 0)) ?? {});
  if (!rule || rule.inclusive) return [];
  const column = `validation/${rule.metric}`;
  const equal = rows.find((row) => parseNumber(row[column]) === rule.validation);
  const seconds = parseNumber(equal?.score);
  if (!equal || !(seconds < (timeToTarget?.seconds ?? Number.POSITIVE_INFINITY))) return [];
  const own = timeToTarget ? `after ${timeToTarget.seconds.toFixed(2)} s` : 'not at all';
  return [
    `${path}: ${column} equals the target at step ${equal.global_step}: AlgoPerf's scoring counts it as reached after ${seconds.toFixed(2)} s; exceeded it is ${own}`,
  ];
}

/** A run's files as AlgoPerf's, by name. */
function filesOf({path}: RunSummary): AlgoperfRun {
  const evaluations = readTable(join(path, FILES.evaluations));
  const measurements = readTable(join(path, FILES.measurements));
  const described = [
    {name: FILES.hparams, content: readMapping(path, FILES.hparams)},
    ...readProcessFiles(path, 'meta_data'),
    ...readProcessFiles(path, 'flags').map(({name, content}) => ({name, content: content && algoperfFlags(content)})),
  ];
  const files = {
    ...Object.fromEntries(
      described
        .filter(({content}) => content !== null)
        .map(({name, content}) => [name, `${JSON.stringify(content, null, 2)}\n`]),
    ),
    ...(evaluations.length > 0 && {[FILES.evaluations]: algoperfTable(evaluations, (columns) => [...columns].sort())}),
    ...(measurements.length > 0 && {[FILES.measurements]: algoperfTable(measurements, (columns) => columns)}),
  };
  return {files, evaluations: evaluations.length, rows: evaluations};
}

/** The command line's flags by AlgoPerf's names. */
function algoperfFlags({submission, resume, ...flags}: {readonly [flag: string]: Json}): {[flag: string]: Json} {
  const named = Object.entries(flags).map(([flag, value]): [string, Json] => [snakeCase(flag), value]);
  return {
    framework: 'tfjs',
    submission_path: submission ?? null,
    resume_last_run: resume ?? null,
    ...Object.fromEntries(named),
  };
}

type TextRow = {readonly [column: string]: string};

/** A table as pandas writes it. */
function algoperfTable(rows: readonly TextRow[], order: (columns: string[]) => string[]): string {
  const columns = order(Object.keys(rows[0]!));
  const integers = new Set(columns.filter((column) => isOfIntegers(rows, column)));
  const cells = (row: TextRow) =>
    columns.map((column) => (integers.has(column) ? row[column]! : floatText(parseNumber(row[column]))));
  return [columns.map(spreadsheetText), ...rows.map(cells)].map(formatRecord).join('');
}

/** pandas has no integers in a column with gaps. */
function isOfIntegers(rows: readonly TextRow[], column: string): boolean {
  const isCount = column === 'global_step' || column === 'preemption_count' || column.endsWith('/num_examples');
  return isCount && rows.every((row) => /^\d+$/.test(row[column]!));
}

/** A float as Python writes it, `10.0`, `1e-05`; NaN is an empty cell. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return '';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16))
    return value.toExponential().replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`);
  if (!Number.isInteger(value)) return String(value);
  return `${Object.is(value, -0) ? '-0' : value}.0`;
}
