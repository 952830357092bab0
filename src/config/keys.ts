import type {Submission} from '../contract/index.js';
import {type JsonSchema, jsonSchemaOf, typeText} from '../options/index.js';
import {schemaFor} from './schema.js';

/** One key of a config, as its schema describes it. */
export interface ConfigKey {
  /** From the root, in the file's spelling. */
  readonly path: readonly string[];
  /** What is allowed there: `number above 0`, `list of numbers`, `` `adamw`, `nadamw` ``. */
  readonly type: string;
  /** Whether it is required. */
  readonly isRequired: boolean;
  /** The default; undefined: none. */
  readonly default: unknown;
  /** An example value, for a starter config. */
  readonly example: unknown;
  readonly description: string;
}

/** The keys of a submission's config that hold values: the common ones, then its own. */
export function keysOf(submission: Submission): ConfigKey[] {
  return keysBelow(jsonSchemaOf(schemaFor(submission)), [], true);
}

function keysBelow(
  {properties = {}, required = []}: JsonSchema,
  path: readonly string[],
  isNeeded: boolean,
): ConfigKey[] {
  return Object.entries(properties).flatMap(([name, child]) => {
    if (typeof child === 'boolean') return [];
    const isRequired = isNeeded && required.includes(name);
    const at = [...path, name];
    return child.properties ? keysBelow(child, at, isRequired) : [keyOf(child, at, isRequired)];
  });
}

function keyOf(schema: JsonSchema, path: readonly string[], isRequired: boolean): ConfigKey {
  const {default: value, examples, description = ''} = schema;
  return {path, type: typeText(schema), isRequired, default: value, example: examples?.[0], description};
}
