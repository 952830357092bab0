import {z} from 'zod';
import {checkedOptions, custom, functionOption} from '../options/index.js';
import type {CamelKeys} from '../support/index.js';
import type {GradientTransformation} from './transformation.js';

/** An optimizer as a config names it. */
export interface NamedOptimizer<S extends z.ZodObject = z.ZodObject> {
  /**
   * Its own keys among a config's `hyperparameters`, in snake_case. Optimizers that share a key share its schema. One that may be left out
   * is `.optional()`, and `make` has its default: a default of the schema would be in the configs of the other optimizers.
   */
  readonly hyperparameters: S;
  /** Makes it of them. */
  make(hyperparameters: CamelKeys<z.output<S>>): GradientTransformation;
  /** What is wrong with hyperparameters that the schema let through. */
  problems?(hyperparameters: Partial<CamelKeys<z.output<S>>>): readonly {
    readonly key: keyof z.output<S> & string;
    readonly message: string;
  }[];
}

const namedOptimizerOptions = z.strictObject({
  hyperparameters: custom<z.ZodObject>((value) => value instanceof z.ZodObject, 'an object schema of zod'),
  make: functionOption(),
  problems: functionOption().optional(),
});

/**
 * Infers the types of the hyperparameters from their schema.
 * @throws RangeError naming every part that is missing, wrong or unknown
 */
export function namedOptimizer<S extends z.ZodObject>(optimizer: NamedOptimizer<S>): NamedOptimizer {
  checkedOptions('namedOptimizer', namedOptimizerOptions, optimizer as never);
  return Object.freeze(optimizer) as unknown as NamedOptimizer;
}

/** Hyperparameters without those that were left out, so that the defaults of what they make stand. */
export function given<T extends object>(hyperparameters: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(hyperparameters).filter(([, value]) => value !== undefined)) as never;
}
