import {z} from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** A schema as JSON Schema; what that can't say, such as a function, is anything, or has a title. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}) as JsonSchema;
}

/** A schema's type as text: `number above 0`, `list of numbers`, `` `adamw`, `nadamw` ``, or its title. */
export function typeText(schema: JsonSchema): string {
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

/** The same as part of a sentence: `a number in [0, 1)`, `one of linear, sqrt`, `an object with the keys b1, b2`. */
export function allowedText(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map((each) => allowedText(each as JsonSchema)).join(' or ');
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'object') return objectText(schema);
  const text = typeText(schema);
  return `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text}`;
}

function objectText({properties}: JsonSchema): string {
  return properties ? `an object with the keys ${Object.keys(properties).join(', ')}` : 'an object';
}
