import {z} from 'zod';
import type {Submission} from '../contract/index.js';
import {unwrapped} from './problems.js';
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
