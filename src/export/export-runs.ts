import {resolve} from 'node:path';
import {z} from 'zod';
import {optionalText} from '../options/index.js';
import {UserError} from '../support/index.js';
import {exportAlgoperf} from './algoperf.js';
import {type Exported, runsToExport} from './each-run.js';
import {exportCsv, exportParquet} from './evaluation-files.js';
import {exportTensorboard} from './tensorboard.js';

/** Forms that runs are exported in. */
const exporters = {
  algoperf: exportAlgoperf,
  tensorboard: exportTensorboard,
  csv: exportCsv,
  parquet: exportParquet,
} as const;

/** Which form, and what it made. */
export interface ExportedForm extends Exported {
  readonly form: keyof typeof exporters;
}

/** Where each form goes; those that are not named are not made. */
export interface ExportOptions extends Partial<Record<keyof typeof exporters, string>> {
  /** Default `experiments`. */
  readonly experimentDir?: string;
  /** Experiments' names, what only one begins with, or folders; default: all runs. */
  readonly runs?: readonly string[];
}

/** The same as a schema. */
export const exportOptions = z.strictObject({
  algoperf: optionalText,
  tensorboard: optionalText,
  csv: optionalText,
  parquet: optionalText,
  experimentDir: optionalText,
  runs: z.array(z.string()).readonly().optional(),
} satisfies {readonly [name in keyof Required<ExportOptions>]: z.ZodType});

/**
 * Writes runs in the forms of other tools: what `algoperf-ts runs export` does.
 * @throws UserError if no form is asked for, there are no such runs, or something can't be written
 */
export async function exportRuns({
  experimentDir = 'experiments',
  runs = [],
  ...to
}: ExportOptions): Promise<ExportedForm[]> {
  const forms = (Object.keys(exporters) as (keyof typeof exporters)[]).filter((form) => to[form] !== undefined);
  if (forms.length === 0)
    throw new UserError(
      'runs export: choose a format: --algoperf <folder>, --tensorboard <folder>, --csv <file> or --parquet <file>',
    );
  if (to.csv !== undefined && to.parquet !== undefined && resolve(to.csv) === resolve(to.parquet))
    throw new UserError(`runs export: --csv and --parquet both name ${to.csv}; choose two files`);
  const found = runsToExport(experimentDir, runs);
  const made: ExportedForm[] = [];
  for (const form of forms) made.push({form, ...(await exporters[form](found, to[form]!))});
  return made;
}
