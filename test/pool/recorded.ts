import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';

const data = process.env.ALGOPERF_DATA_DIR || join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** Logs of AlgoPerf's runs of v0.5, with what its code of v0.6 makes of them. */
export const LOGS_0_6 = join(data, 'algoperf-logs');
/** Logs of AlgoPerf's runs of v1.0, likewise. */
export const LOGS_1_0 = join(data, 'algoperf-logs-v1');
export const hasLogs = existsSync(LOGS_0_6) && existsSync(LOGS_1_0);

/** JSON has no infinity. */
export type Time = number | null;

export interface Numbers<T> {
  readonly [name: string]: T;
}

/** Checks numbers by name: the same names, and each number near, relatively. */
export function expectNumbers(found: Numbers<Time>, expected: Numbers<Time>, tolerance: number, what: string): void {
  expect(Object.keys(found).sort(), what).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected))
    expectNumber(found[name]!, value, tolerance, `${what}: ${name}`);
}

export function expectNumber(found: Time, expected: Time, tolerance: number, what: string): void {
  const of = (value: Time) => value ?? Number.POSITIVE_INFINITY;
  if (of(found) === of(expected)) return;
  expect(
    Math.abs(of(found) - of(expected)) / Math.abs(of(expected)),
    `${what}: ${found}, not ${expected}`,
  ).toBeLessThan(tolerance);
}
