import {existsSync, readFileSync} from 'node:fs';
import {UserError, writeWhole} from '../support/index.js';

/** The package's folder, from where this file is compiled to. */
const TEMPLATE = new URL('../../../templates/workload.ts', import.meta.url);

/**
 * Writes a workload to begin with, `<name>.ts`, and prints how to run it.
 * @throws UserError if the name can't be a workload's, or there is such a file
 */
export function newWorkload(name: string): void {
  if (!/^[a-z][a-z0-9_-]*$/.test(name))
    throw new UserError(`workloads new: a name is of lower-case letters, digits, - and _, found '${name}'`);
  const file = `${name}.ts`;
  if (existsSync(file))
    throw new UserError(`workloads new: ${file} is there already; choose another name, or remove it`);
  writeWhole(file, readFileSync(TEMPLATE, 'utf8').replace('WORKLOAD_NAME', name));
  process.stdout.write(`${file}\n`);
  process.stderr.write(
    `To run it:\n  algoperf-ts config init --workload ./${file} --out ${name}.yaml\n  algoperf-ts run --workload ./${file} --config ${name}.yaml\n`,
  );
}
