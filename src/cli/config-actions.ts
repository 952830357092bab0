import {existsSync} from 'node:fs';
import {parse} from 'yaml';
import {loadWorkload} from '../../workloads/index.js';
import {checkConfig, configTemplate, jsonSchemaFor, keyTable, readConfig} from '../config/index.js';
import type {Submission} from '../contract/index.js';
import {loadSubmission} from '../submissions/index.js';
import {UserError, writeWhole} from '../support/index.js';
import {withSubmission} from './process-end.js';

/** Flags of `config check`. */
export interface CheckFlags {
  readonly workload?: string;
  readonly submission?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** Checks a config file and prints it with its defaults. @throws UserError listing all mistakes */
export async function checkAction(file: string, flags: CheckFlags): Promise<void> {
  const workload = flags.workload === undefined ? undefined : await loadWorkload(flags.workload);
  const source = readConfig(file, flags);
  const {resolved} = await withSubmission(source, async (submission) => {
    const loaded = checkConfig(source, withBatchCheck(submission), workload);
    if (workload && submission.userModules) {
      const {loadUserModules} = await import('../training/index.js');
      await loadUserModules({submission, workload, loaded});
    }
    return loaded;
  });
  process.stdout.write(flags.json ? `${JSON.stringify(parse(resolved), null, 2)}\n` : resolved);
  if (!workload)
    process.stderr.write('Checked without a workload; --workload <name> also checks the cycles over its steps.\n');
}

/** A run knows its data, and refuses a larger batch by that; here the workload's standard counts are all there is. */
function withBatchCheck(submission: Submission): Submission {
  const check: NonNullable<Submission['checkConfig']> = (config, workload) => {
    const {name, examples} = workload;
    const isTooLarge = (config.batchSize ?? 0) > examples.train;
    const message = `${name} has ${examples.train} training examples, found ${config.batchSize}`;
    const own = submission.checkConfig?.(config, workload) ?? [];
    return isTooLarge ? [{path: ['batch_size'], message}, ...own] : own;
  };
  return {...submission, checkConfig: check};
}

/** Flags of the commands that describe a submission's config. */
export interface DescribeFlags {
  readonly submission: string;
  readonly out?: string;
}

/** Prints the JSON Schema of configs. */
export async function schemaAction({submission, out}: DescribeFlags): Promise<void> {
  const text = `${JSON.stringify(jsonSchemaFor(await loadSubmission(submission)), null, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else writeWhole(out, text);
}

/** Prints the table of a config's keys. */
export async function keysAction({submission}: DescribeFlags): Promise<void> {
  process.stdout.write(keyTable(await loadSubmission(submission)));
}

/** Prints or writes a starter config. @throws UserError if there is such a file */
export async function initAction(flags: DescribeFlags & {readonly workload: string}): Promise<void> {
  const {submission: submissionName, out} = flags;
  const [workload, submission] = await Promise.all([loadWorkload(flags.workload), loadSubmission(submissionName)]);
  // It is called as the user calls it: a file of the user's by its path.
  const named = {name: flags.workload, batchSize: workload.batchSize};
  const {text, open} = configTemplate({submission, submissionName, workload: named});
  if (out !== undefined && existsSync(out))
    throw new UserError(`--out: ${out} already exists; choose another name, or remove it`);
  if (out === undefined) process.stdout.write(text);
  else writeWhole(out, text);
  if (open.length > 0) process.stderr.write(`To be filled in: ${open.join(', ')}\n`);
}
