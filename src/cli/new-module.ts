import {existsSync, readFileSync} from 'node:fs';
import {UserError, writeWhole} from '../support/index.js';

/** What a user can get a template of. */
const KINDS = {
  workload: (file: string, name: string) => [
    `algoperf-ts config init --workload ./${file} --out ${name}.yaml`,
    `algoperf-ts run --workload ./${file} --config ${name}.yaml`,
  ],
  submission: (file: string) => [`algoperf-ts run --workload mnist --submission ./${file}`],
};

/**
 * Writes a template of a workload or a submission, `<name>.ts`, and prints how to run it.
 * @param builtIn - names that are taken
 * @throws UserError if the name is not valid or taken, or the file exists
 */
export function newModule(kind: keyof typeof KINDS, name: string, builtIn: readonly string[]): void {
  if (!/^[a-z][a-z0-9_-]*$/.test(name))
    throw new UserError(`${kind}s new: a name is of lower-case letters, digits, - and _, found '${name}'`);
  if (builtIn.includes(name))
    throw new UserError(`${kind}s new: ${name} is the name of a built-in ${kind}; choose another`);
  const file = `${name}.ts`;
  if (existsSync(file)) throw new UserError(`${kind}s new: ${file} already exists; choose another name, or remove it`);
  // The package's folder, from where this file is compiled to.
  const template = new URL(`../../../templates/${kind}.ts`, import.meta.url);
  writeWhole(file, readFileSync(template, 'utf8').replace('WORKLOAD_NAME', name));
  process.stdout.write(`${file}\n`);
  process.stderr.write(
    `To run it:\n${KINDS[kind](file, name)
      .map((line) => `  ${line}\n`)
      .join('')}`,
  );
}
