import {z} from 'zod';
import type {Submission} from '../contract/index.js';
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

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The keys of a submission's config that hold values: the common ones, then its own. */
export function keysOf(submission: Submission): ConfigKey[] {
  const schema = z.toJSONSchema(schemaFor(submission), {io: 'input', unrepresentable: 'any'}) as JsonSchema;
  return keysBelow(schema, [], true);
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

/** A schema's type as text. */
function typeText(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.map((each) => `\`${String(each)}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map((each) => typeText(each as JsonSchema)).join(' or ');
  if (schema.type === 'array') return `list of ${itemText(schema.items as JsonSchema | undefined)}`;
  const names: {readonly [type: string]: string} = {boolean: '`true`, `false`', object: 'mapping'};
  const type = String(schema.type ?? 'anything');
  return (names[type] ?? type) + boundsText(schema);
}

function itemText(schema: JsonSchema | undefined): string {
  if (schema === undefined) return 'anything';
  const isPlain = ['number', 'integer', 'string'].includes(String(schema.type)) && !schema.enum && !schema.title;
  return isPlain ? `${schema.type}s${boundsText(schema)}` : typeText(schema);
}

/** ` in [0, 1)`, ` of at least 1`, ` above 0`, ` of at most 3`, ` below 3` */
function boundsText({minimum, exclusiveMinimum, maximum, exclusiveMaximum}: JsonSchema): string {
  const low = [minimum ?? exclusiveMinimum].find((bound) => bound !== Number.MIN_SAFE_INTEGER);
  const high = [maximum ?? exclusiveMaximum].find((bound) => bound !== Number.MAX_SAFE_INTEGER);
  if (low === undefined && high === undefined) return '';
  if (high === undefined) return ` ${minimum === undefined ? 'above' : 'of at least'} ${low}`;
  if (low === undefined) return ` ${maximum === undefined ? 'below' : 'of at most'} ${high}`;
  return ` in ${minimum === undefined ? '(' : '['}${low}, ${high}${maximum === undefined ? ')' : ']'}`;
}
