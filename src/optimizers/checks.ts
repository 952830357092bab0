import {z} from 'zod';
import {describeValue} from '../support/index.js';
import type {GradientTransformation, Transformed} from './transformation.js';
import {resetRules} from './transformation.js';

/** Options that several optimizers and transformations have. */

/** A decay, in [0, 1). */
export const decay = z.number().min(0).lt(1);

/** A finite number above 0. */
export const positive = z.number().gt(0);

/** A weight decay, at least 0. */
export const weightDecay = z.number().min(0);

/** An integer of at least 1. */
export const count = z.int().min(1);

/** Another transformation. */
export const transformation = z
  .custom<GradientTransformation>(isTransformation)
  .superRefine((value, {addIssue}) => {
    for (const [name, rule] of Object.entries(Object(Object(value).resets)))
      if (!(resetRules as readonly unknown[]).includes(rule))
        addIssue({code: 'custom', path: ['resets', name], params: {allowed: `one of ${resetRules.join(', ')}`}});
  })
  .meta({title: 'a gradient transformation'}) as unknown as z.ZodType<GradientTransformation, GradientTransformation>;

/**
 * What an update gave. Of a promise, as of an async function, nothing could be used.
 * @param of - whose update it is, for the message
 * @throws RangeError unless it is `{updates, state}`
 */
export function requireTransformed(of: string, given: Transformed): Transformed {
  const {updates, state} = Object(given) as Partial<Transformed>;
  if (Object(updates) === updates && Object(state) === state) return given;
  throw new RangeError(`${of}: update must return {updates, state}; found ${describeValue(given)}`);
}

function isTransformation(value: unknown): boolean {
  const {init, update, resets} = Object(value) as Partial<GradientTransformation>;
  return typeof init === 'function' && typeof update === 'function' && Object(resets) === resets;
}
