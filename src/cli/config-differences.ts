import type {Json} from '../contract/index.js';
import {flatEntries} from '../runs/index.js';

/** Keys that do not affect the schedule: named only if nothing else differs. */
const ASIDE = /^(evaluation|checkpoints|logging)\./;

/** A config, by the name that it is reported by. */
export interface NamedConfig {
  readonly name: string;
  readonly config: Json;
}

/**
 * What makes each of several configs differ from the others: `three-cycles: learning_rate=0.001, power=2`. Numbers have four
 * digits where these tell them apart; configs that differ in nothing are kept apart by a number.
 * @param length - of the longest text; what does not fit is only counted: `and 3 more`
 */
export function differencesInWords(configs: readonly NamedConfig[], length: number): string[] {
  const flat = configs.map(({config}) => new Map(flatEntries(config)));
  const shown = differingKeys(flat).map(([key, name]) => shownValues(flat, key).map((value) => `${name}=${value}`));
  const textsOf = (most: number) =>
    configs.map(({name}, i) => {
      const left = shown.length - most;
      const parts = shown.slice(0, most).map((values) => values[i]!);
      return `${name}: ${parts.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
    });
  const numbers = shown.map((_, i) => shown.length - i);
  const most = numbers.find((each) => textsOf(each).every((text) => text.length <= length));
  return numbered(most === undefined ? configs.map(({name}) => name) : textsOf(most));
}

/** The keys in which configs differ, each with the least of its last parts that no other of them has. */
function differingKeys(flat: readonly ReadonlyMap<string, Json>[]): [key: string, name: string][] {
  const keys = [...new Set(flat.flatMap((entries) => [...entries.keys()]))];
  const differing = keys.filter((key) => new Set(flat.map((entries) => JSON.stringify(entries.get(key)))).size > 1);
  const shaping = differing.filter((key) => !ASIDE.test(key));
  const shown = shaping.length > 0 ? shaping : differing;
  const lastPart = (key: string) => key.slice(key.lastIndexOf('.') + 1);
  const isAlone = (key: string) => shown.every((other) => other === key || lastPart(other) !== lastPart(key));
  return shown.map((key) => [key, isAlone(key) ? lastPart(key) : key]);
}

/** A key's value in each config, short where that tells apart what differs. */
function shownValues(flat: readonly ReadonlyMap<string, Json>[], key: string): string[] {
  const values = flat.map((entries) => entries.get(key));
  const whole = values.map((value) => JSON.stringify(value) ?? 'none');
  const short = values.map((value) => (value === undefined ? 'none' : shortValue(value)));
  return new Set(short).size === new Set(whole).size ? short : whole;
}

function shortValue(value: Json): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(shortValue).join(', ')}]`;
  return JSON.stringify(value);
}

/** Texts of which those that are equal are kept apart by a number. */
function numbered(texts: readonly string[]): string[] {
  return texts.map((text, i) => {
    const before = texts.slice(0, i).filter((other) => other === text).length;
    return before === 0 ? text : `${text} (${before + 1})`;
  });
}
