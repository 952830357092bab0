import {createHash} from 'node:crypto';
import type {Json} from '../contract/index.js';

/** A setting that runs of a sweep differ in. */
export interface NamedSetting {
  /** As a key of the config, or `workload`, `submission`, `seed`. */
  readonly key: string;
  readonly value: Json;
}

/** Characters of a name, of the 255 bytes that a folder's may have. */
const MOST = 120;

/** Characters of a number that is written in full. */
const DIGITS = 10;

/** What is written, and whether another value could be written alike. */
interface Written {
  readonly text: string;
  readonly isExact: boolean;
}

/**
 * The name of a run by its settings, such as `learning_rate=0.001,method=reinit,seed=2`: the same settings always have the same
 * name, and others never do. Where a value is not written in full, the name ends in eight digits made from all of them.
 * @param keys - as they are written; default {@link shortKeys} of the settings
 */
export function runName(settings: readonly NamedSetting[], keys = shortKeys(settings.map(({key}) => key))): string {
  const values = settings.map(({value}) => written(value));
  const name = values.map(({text}, i) => `${keys[i]}=${text}`).join(',') || 'run';
  if (values.every(({isExact}) => isExact) && name.length <= MOST) return name;
  return `${name.slice(0, MOST)},${digest(settings)}`;
}

/** The last parts of the keys, where they differ. */
export function shortKeys(keys: readonly string[]): string[] {
  const short = keys.map((key) => key.slice(key.lastIndexOf('.') + 1));
  return keys.map((key, i) =>
    (short.indexOf(short[i]!) === short.lastIndexOf(short[i]!) ? short[i]! : key).replaceAll(/\[(\d+)\]/g, '.$1'),
  );
}

function digest(settings: readonly NamedSetting[]): string {
  const text = JSON.stringify(settings.map(({key, value}) => [key, value]));
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** A value as it is written in names; where two are written alike, all are written in full. */
export function valueTexts(values: readonly Json[]): string[] {
  const whole = values.map((value) => JSON.stringify(value));
  const short = values.map((value) => written(value).text);
  return new Set(short).size === new Set(whole).size ? short : whole;
}

function written(value: Json): Written {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return string(value);
  if (Array.isArray(value)) return list(value);
  const isMapping = value !== null && typeof value === 'object';
  return isMapping ? {text: safe(JSON.stringify(value)), isExact: false} : {text: String(value), isExact: true};
}

function number(value: number): Written {
  const text = String(value).replace('e+', 'e');
  const isExact = text.length <= DIGITS;
  return {text: isExact ? text : String(Number(value.toPrecision(4))).replace('e+', 'e'), isExact};
}

/** A text that reads like another value, or has other characters, is not exact. */
function string(value: string): Written {
  const isExact = /^[A-Za-z_][\w-]*$/.test(value) && !['null', 'true', 'false'].includes(value);
  return {text: safe(value.replace(/^\.\//, '')), isExact};
}

function safe(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '_');
}

/** `0+0.002`; `3xcosine` where all entries are equal; a short list ends in `+`, so that it is not read as its entry. */
function list(values: readonly Json[]): Written {
  const entries = values.map(written);
  const isExact = entries.every((entry, i) => entry.isExact && !Array.isArray(values[i]));
  const texts = entries.map(({text}) => text);
  const areEqual = texts.length > 1 && texts.every((text) => text === texts[0]);
  if (areEqual) return {text: `${texts.length}x${texts[0]}`, isExact};
  return {text: texts.length > 1 ? texts.join('+') : `${texts.join('')}+`, isExact};
}
