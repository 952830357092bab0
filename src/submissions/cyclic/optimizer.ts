import type {z} from 'zod';
import type {ConfigProblem} from '../../contract/index.js';
import {
  type GradientTransformation,
  type NamedOptimizer,
  type OptimizerName,
  optimizers,
} from '../../optimizers/index.js';
import {camelCase} from '../../support/index.js';

/** The name of the optimizer, and the hyperparameters that make it, by their keys in camelCase. */
export interface OptimizerHyperparameters {
  readonly optimizer: OptimizerName;
  readonly [key: string]: string | number | boolean | undefined;
}

type Shape = {readonly [key: string]: z.ZodType};

const registered: readonly [OptimizerName, NamedOptimizer][] = Object.entries(optimizers) as never;

const shapeOf = (name: OptimizerName): Shape => optimizers[name].hyperparameters.shape;

function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success;
}

/** The keys of all optimizers together; required where each of them requires it. */
export const optimizerShape: Shape = Object.fromEntries(
  registered
    .flatMap(([name]) => Object.entries(shapeOf(name)))
    .map(([key, schema]) => [key, registered.every(([name]) => isRequiredBy(name, key)) ? schema : schema.optional()]),
);

function isRequiredBy(name: OptimizerName, key: string): boolean {
  const schema = shapeOf(name)[key];
  return schema !== undefined && isRequired(schema);
}

/** For a JSON Schema of the hyperparameters: which keys an optimizer requires, and which it does not have. */
export const optimizerConditions: readonly object[] = registered.map(([name]) => ({
  // It also holds where there is no name: for the optimizer that is the default.
  if: {properties: {optimizer: {const: name}}, ...(name !== 'adamw' && {required: ['optimizer']})},
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: {
    required: Object.keys(optimizerShape).filter((key) => isRequiredBy(name, key)),
    properties: Object.fromEntries(
      Object.keys(optimizerShape)
        .filter((key) => !Object.hasOwn(shapeOf(name), key))
        .map((key) => [key, false]),
    ),
  },
}));

/** The optimizer that a config names, made of its hyperparameters. */
export function optimizerOf(hyperparameters: OptimizerHyperparameters): GradientTransformation {
  return optimizers[hyperparameters.optimizer].make(hyperparameters);
}

/** Keys that one optimizer requires and the schema of all of them does not. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map(
  registered.map(([name]) => [
    name,
    Object.entries(optimizerShape).flatMap(([key, schema]) =>
      isRequiredBy(name, key) && !isRequired(schema) ? [key] : [],
    ),
  ]),
);

/** Keys of optimizers, as a checked config has them. */
const camelKeys = Object.keys(optimizerShape).map((key) => [key, camelCase(key)] as const);

/** Which hyperparameters the named optimizer lacks, which it does not have, and what it finds wrong itself. */
export function optimizerProblems(hyperparameters: Partial<OptimizerHyperparameters>): ConfigProblem[] {
  const {optimizer: name} = hyperparameters;
  if (name === undefined) return [];
  const problem = (key: string, message: string): ConfigProblem => ({path: ['hyperparameters', key], message});
  const required = requiredKeys.get(name) ?? [];
  const ofKeys = camelKeys.flatMap(([key, camelKey]) => {
    if (hyperparameters[camelKey] === undefined) return required.includes(key) ? [problem(key, 'is missing')] : [];
    if (Object.hasOwn(shapeOf(name), key)) return [];
    return [problem(key, `is of ${ownersOf(key)}, and the optimizer is ${name}; leave it out`)];
  });
  const ofOptimizer = registered.find(([each]) => each === name)?.[1].problems?.(hyperparameters) ?? [];
  return [...ofKeys, ...ofOptimizer.map(({key, message}) => problem(key, message))];
}

/** How many names a message lists. */
const MOST_OWNERS = 3;

/** `sgd alone`, `adamw and nadamw`; where they are many, `other optimizers` */
function ownersOf(key: string): string {
  const names = registered.map(([name]) => name).filter((name) => Object.hasOwn(shapeOf(name), key));
  if (names.length > MOST_OWNERS) return 'other optimizers';
  return names.length === 1 ? `${names[0]} alone` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
