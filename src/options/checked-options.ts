import type {z} from 'zod';
import {closestName, describeValue} from '../support/index.js';
import {allowedText, type JsonSchema, jsonSchemaOf} from './allowed-text.js';

type Path = readonly PropertyKey[];

/**
 * The options that a function was given, with the schema's defaults in place of those that were left out.
 * @param name - of the function, for the message
 * @throws RangeError with all that is wrong, each in a line: the option, what is allowed and what it got
 */
export function checkedOptions<S extends z.ZodObject>(name: string, schema: S, given: z.input<S>): z.output<S> {
  const {data, error} = schema.safeParse(given);
  if (!error) return data;
  const json = jsonSchemaOf(schema);
  // An option that is missing may have several issues.
  const problems = new Set(error.issues.flatMap((issue) => problemsOf(issue, json, given)));
  throw new RangeError([...problems].map((problem) => `${name}: ${problem}`).join('\n'));
}

/** What is wrong, said of the innermost option that a schema describes. */
function problemsOf(issue: z.core.$ZodIssue, json: JsonSchema, given: unknown): string[] {
  const {path} = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknown([...path, key], Object.keys(below(json, path).properties ?? {})));
  const [schema, found] = [below(json, path), valueAt(given, path)];
  const allowed = issue.code === 'custom' && issue.params ? String(issue.params.allowed) : allowedFor(found, schema);
  if (found !== undefined) return [`${inWords(path)} must be ${allowed}, got ${describeValue(found)}`];
  if (path.length > 0) return [`${textOf(path)} is missing; it must be ${allowedText(schema)}`];
  const {required = [], properties = {}} = schema;
  if (required.length === 0) return [`${inWords(path)} are missing; they must be ${allowed}`];
  return required.map((key) => `${key} is missing; it must be ${allowedText(properties[key] as JsonSchema)}`);
}

/** What is allowed, with the bounds that are left unsaid where the value is beyond them. */
function allowedFor(found: unknown, schema: JsonSchema): string {
  const text = allowedText(schema);
  if (found === Infinity || found === -Infinity) return text.replace(/^a number/, 'a finite number');
  const isTooLarge = schema.type === 'integer' && typeof found === 'number' && found > Number.MAX_SAFE_INTEGER;
  return isTooLarge ? `${text}, and at most ${Number.MAX_SAFE_INTEGER}` : text;
}

function unknown(path: Path, known: readonly string[]): string {
  const close = closestName(String(path.at(-1)), known);
  const hint = close
    ? `did you mean \`${close}\`?`
    : known.length > 0
      ? `there are: ${known.join(', ')}`
      : 'it has none';
  return `there is no option \`${textOf(path)}\`; ${hint}`;
}

function below(json: JsonSchema, path: Path): JsonSchema {
  return path.reduce<JsonSchema>((at, part) => {
    const child = typeof part === 'number' ? at.items : at.properties?.[String(part)];
    return (child ?? {}) as JsonSchema;
  }, json);
}

function valueAt(given: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as {readonly [part: PropertyKey]: unknown} | undefined)?.[part], given);
}

function inWords(path: Path): string {
  return path.length === 0 ? 'the options' : textOf(path);
}

/** `adam.b1`, `problems[1]` */
function textOf(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');
}
