import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {lockOperations} from '../../src/engine/index.js';

/** The rooms that measure a run or verify it. */
const ROOMS = [
  ...[
    'contract',
    'data',
    'download',
    'engine',
    'metrics',
    'native',
    'random',
    'runs',
    'submissions',
    'support',
    'training',
  ],
  ...['optimizers', 'schedules', 'verification'],
];

/** Modules that begin to work when they are loaded. */
const PROGRAMS = /-(process|hooks|thread)\.ts$/;

/** `FILES` in src/runs/layout.ts, `FILES.log` for a part of it. */
async function openConstants(file: string): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const look = (value: unknown, name: string): void => {
    // These can't be frozen.
    if (value instanceof Map || value instanceof Set) found.push(`${file} ${name}`);
    if (!isData(value) || seen.has(value)) return;
    seen.add(value);
    if (!Object.isFrozen(value)) found.push(`${file} ${name}`);
    for (const [part, {value: inner}] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      look(inner, `${name}.${part}`);
  };
  for (const [name, value] of Object.entries(await import(file))) look(value, name);
  return found;
}

function isData(value: unknown): value is object {
  // A module as a value can only be read in Node, which Vitest does not keep.
  const isObject = typeof value === 'object' && value !== null && !(Symbol.toStringTag in value);
  return isObject && (Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value)));
}

/** A submission can import every file of the tool. */
test('what the modules that measure a run export can only be read', async () => {
  // As before a user's module is loaded.
  lockOperations();
  const src = join(import.meta.dirname, '../../src');
  const files = ROOMS.flatMap((room) =>
    // The folders in `submissions` are algorithms, each for itself.
    readdirSync(join(src, room), {recursive: room !== 'submissions', encoding: 'utf8'})
      .filter((file) => file.endsWith('.ts') && !PROGRAMS.test(file))
      .map((file) => join(src, room, file)),
  );
  files.push(join(src, 'cli/exit-codes.ts'), join(src, 'index.ts'), join(src, '../workloads/index.ts'));
  expect(files.length).toBeGreaterThan(100);
  const open = await Promise.all(files.map(openConstants));
  expect(open.flat()).toEqual([]);
});
