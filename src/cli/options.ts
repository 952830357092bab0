import {InvalidArgumentError, Option} from 'commander';
import {expandHome, UserError} from '../support/index.js';

/** What names a config, in the help. */
export const CONFIG_FILE = "YAML file, - for stdin, or the name of one of the workload's samples";

/** What `--config` takes, in the help. */
export const CONFIG = `${CONFIG_FILE} (default: the submission's own)`;

/** What names one run, in the help. */
export const RUN = "an experiment's name, a run's index or id, a unique prefix of a name or an id, or a folder";

/** What names runs, in the help. */
export const RUNS = "experiments' names, indices or ids of runs, unique prefixes of these, or folders";

/** The option that says where runs are. */
export function experimentDirOption(): Option {
  return new Option('--experiment-dir <folder>', 'where experiments are kept').argParser(folder).default('experiments');
}

/** Adds a further path to an argument that takes several. */
export function collectPath(value: string, before: readonly string[] = []): string[] {
  return [...before, path(value)];
}

/** Parses a count: an integer of at least `least` and at most `most`. */
export function integerFrom(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isSafeInteger(number) || number < least || number > most) {
      const limit = number > most ? ` and at most ${most}` : '';
      throw new InvalidArgumentError(`It must be an integer of at least ${least}${limit}.`);
    }
    return number;
  };
}

/** Where `--watch` serves its page. */
export function portOption(): Option {
  return new Option('--port <number>', 'port of --watch; 0: a free one (default: 0)').argParser(integerFrom(0, 65_535));
}

/** @throws UserError if there is a port, and nothing that is served there */
export async function requireWatch({
  watch,
  port,
}: {
  watch?: boolean | undefined;
  port?: number | undefined;
}): Promise<void> {
  if (watch || port === undefined) return;
  const {UserError} = await import('../support/index.js');
  throw new UserError('--port: is of --watch, which is not given');
}

/** Parses an option in seconds: a finite number above 0. */
export function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return number;
}

const MILLIMETRES = {mm: 1, cm: 10, in: 25.4} as const;
/** What `--width` takes, in the help. */
export const WIDTH = 'width in print, e.g. 85mm, 8.5cm or 3.35in, with axis labels of 7 points';

/** Parses an option that is a width in print. @returns millimetres, from 40 to 1000 */
export function printWidth(value: string): number {
  const [, number, unit] = value.match(/^(\d+(?:\.\d+)?) ?(mm|cm|in)$/) ?? [];
  const millimetres = Number(number) * MILLIMETRES[unit as keyof typeof MILLIMETRES];
  if (!(millimetres >= 40 && millimetres <= 1000))
    throw new InvalidArgumentError('It must be a width from 40mm to 1000mm, such as 85mm, 8.5cm or 3.35in.');
  return millimetres;
}

/** Parses an option that names a folder; an empty one would silently mean the current folder, a blank one is a variable that is not set. */
export function folder(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must name a folder; the current one is `.`.');
  return path(value);
}

/** Parses an option that names a file or folder: `~/` is the home folder. */
export function path(value: string): string {
  try {
    return expandHome(value);
  } catch (error) {
    if (error instanceof UserError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** Parses an option that names a run's experiment: a trailing slash, which shells complete folder names with, is ignored. */
export function experimentName(value: string): string {
  return value.replace(/(?<=[^/])\/+$/, '');
}

/** Adds a value to a repeatable option. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
