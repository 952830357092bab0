import type {z} from 'zod';
import type {GradientTransformation} from './transformation.js';

/** `one_minus_beta1` is `oneMinusBeta1`. */
type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The same data as code speaks of it. */
type CamelKeys<T> = {readonly [K in keyof T & string as CamelCase<K>]: T[K]};

/** An optimizer as a config names it. */
export interface NamedOptimizer<S extends z.ZodObject = z.ZodObject> {
  /** Its own keys among a config's `hyperparameters`, in snake_case. Optimizers that share a key share its schema. */
  readonly hyperparameters: S;
  /** Makes it of them. */
  make(hyperparameters: CamelKeys<z.output<S>>): GradientTransformation;
  /** What is wrong with hyperparameters that the schema let through. */
  problems?(hyperparameters: Partial<CamelKeys<z.output<S>>>): readonly {
    readonly key: keyof z.output<S> & string;
    readonly message: string;
  }[];
}

/** Infers the types of the hyperparameters from their schema. */
export function namedOptimizer<S extends z.ZodObject>(optimizer: NamedOptimizer<S>): NamedOptimizer {
  return optimizer as unknown as NamedOptimizer;
}
