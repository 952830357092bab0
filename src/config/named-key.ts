import {z} from 'zod';
import type {Submission} from '../contract/index.js';
import {parsePath} from './overrides.js';
import {problemsOfIssues, unwrapped} from './problems.js';
import {schemaFor} from './schema.js';

/**
 * The key of a config that a search space means by a name: `learning_rate` is `hyperparameters.learning_rate`, `batch_size` is
 * itself, and a key with dots or brackets, such as `schedule.alter_decays`, is what it says.
 */
export function keyNamed(name: string, submission: Submission): string {
  if (/[.[]/.test(name)) return name;
  const {shape} = schemaFor(submission);
  const own = unwrapped(shape.hyperparameters);
  const isOwn = own instanceof z.ZodObject && Object.hasOwn(own.shape, name);
  return isOwn || !Object.hasOwn(shape, name) ? `hyperparameters.${name}` : name;
}

/** That a name of a search space means no key that a config can have, in words; undefined: it does, or is no name. */
export function unknownNameMessage(name: string, submission: Submission): string | undefined {
  const path = parsePath(keyNamed(name, submission));
  if (path === undefined) return undefined;
  const schema = schemaFor(submission);
  // What lists hold is looked at where a point is in its config.
  const list = path.findIndex((part) => typeof part === 'number');
  const keys = list < 0 ? path : path.slice(0, list);
  const data = keys.reduceRight<object | null>((below, key) => ({[key]: below}), null);
  const issues = schema.safeParse(data).error?.issues ?? [];
  const unknown = issues.filter(({code}) => code === 'unrecognized_keys');
  return problemsOfIssues(unknown, schema, data)[0]?.message;
}
