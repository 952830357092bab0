import {z} from 'zod';
import {closestName} from '../support/index.js';
import type {ConfigPath} from './locate.js';

/** A mistake, before its place in the file is known. */
export interface Problem {
  readonly path: ConfigPath;
  readonly message: string;
  /** Whether it is the key itself that is wrong, not its value. */
  readonly ofKey?: boolean;
}

/** zod's issues as text: what was found, what is allowed, and the near miss. */
export function problemsOfIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodObject, data: unknown): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path as ConfigPath;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey([...path, key], key, keysAt(schema, path)));
    const found = valueAt(data, path);
    if (found === undefined && issue.code === 'invalid_value')
      return [{path, message: `is missing; it must be one of ${issue.values.join(', ')}`}];
    if (found === undefined && WITHOUT_VALUE.has(issue.code)) return missing(path, schemaAt(schema, path));
    return [{path, message: messageOf(issue, found)}];
  });
}

/** What zod finds where there is no value. */
const WITHOUT_VALUE = new Set(['invalid_type', 'invalid_union']);

/** The missing keys: for a mapping, its required keys. */
function missing(path: ConfigPath, schema: unknown): Problem[] {
  const keys = schema instanceof z.ZodObject ? Object.entries(schema.shape) : [];
  const required = keys.filter(([, child]) => !child.safeParse(undefined).success);
  if (required.length === 0) return [{path, message: 'is missing'}];
  return required.flatMap(([key, child]) => missing([...path, key], unwrapped(child)));
}

/**
 * The part of a value that passes a schema, with defaults filled in: all of it, or the valid keys of a mapping; undefined if
 * nothing passes.
 */
export function validPart(schema: z.core.$ZodType, value: unknown): unknown {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const given = (Object(value) === value ? value : {}) as {readonly [key: string]: unknown};
  const parts = Object.entries(inner.shape).map(([key, child]) => [key, validPart(child, given[key])]);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): Problem {
  const close = closestName(key, known);
  const hint = close ? `did you mean \`${close}\`?` : `there are: ${known.join(', ')}`;
  return {path, message: `there is no such key; ${hint}`, ofKey: true};
}

/** The keys that a mapping of the schema has. */
function keysAt(schema: z.ZodObject, path: ConfigPath): string[] {
  return Object.keys((schemaAt(schema, path) as z.ZodObject | undefined)?.shape ?? {});
}

/** The schema at a path, without its optional wrapper. */
function schemaAt(schema: z.ZodObject, path: ConfigPath): unknown {
  let at: unknown = schema;
  for (const part of path) {
    const within = unwrapped(at);
    at = within instanceof z.ZodArray ? within.element : (within as z.ZodObject | undefined)?.shape?.[part];
  }
  return unwrapped(at);
}

/** A schema without its optional and default wrappers. */
export function unwrapped(schema: unknown): unknown {
  const inner = (schema as {def?: {innerType?: unknown}} | undefined)?.def?.innerType;
  return inner === undefined ? schema : unwrapped(inner);
}

function messageOf(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${aType(issue.expected)}, found ${quoted(found)}`;
    case 'invalid_union':
      return `must be ${kindsOf(issue.errors)}, found ${quoted(found)}`;
    case 'invalid_value':
      return notAmong(issue.values.map(String), found);
    case 'custom':
      if (!Array.isArray(issue.params?.names)) return `${issue.message}, found ${quoted(found)}`;
      return notAmong(issue.params.names, found, issue.params.other);
    case 'too_small':
      if (issue.origin === 'array')
        return `must have at least ${countOf(Number(issue.minimum))}, found ${quoted(found)}`;
      if (issue.origin === 'string') return stringTooShort(Number(issue.minimum), found);
      return `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}, found ${quoted(found)}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}, found ${quoted(found)}`;
    default:
      return `${issue.message}, found ${quoted(found)}`;
  }
}

function stringTooShort(minimum: number, found: unknown): string {
  if (minimum === 1) return 'must not be empty';
  return `must have at least ${minimum} characters, found ${quoted(found)}`;
}

/** What each of the kinds wants that are allowed: `a string or a list`. */
function kindsOf(alternatives: readonly (readonly z.core.$ZodIssue[])[]): string {
  const kinds = alternatives.flatMap((issues) =>
    issues.flatMap((issue) =>
      issue.code === 'invalid_type' && issue.path.length === 0 ? [aType(issue.expected)] : [],
    ),
  );
  if (kinds.length === 0) return 'of another kind';
  return new Intl.ListFormat('en-GB', {type: 'disjunction'}).format(new Set(kinds));
}

function countOf(entries: number): string {
  return entries === 1 ? 'one entry' : `${entries} entries`;
}

/** @param other - what else is allowed */
function notAmong(names: readonly string[], found: unknown, other?: string): string {
  const close = typeof found === 'string' ? closestName(found, names) : undefined;
  const hint = close ? ` (did you mean \`${close}\`?)` : '';
  return `must be one of ${names.join(', ')}${other ? `, or ${other}` : ''}, found ${quoted(found)}${hint}`;
}

function aType(expected: string): string {
  const names: {[type: string]: string} = {
    number: 'a number',
    int: 'an integer',
    string: 'a string',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  };
  return names[expected] ?? expected;
}

/** A value as the user wrote it. */
export function quoted(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (value === null) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A number as YAML has it. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '.inf' : '-.inf';
}

function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as {[part: string | number]: unknown} | undefined | null)?.[part],
    data,
  );
}
