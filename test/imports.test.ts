import {readdirSync, readFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {expect, test} from 'vitest';

/** Rooms from the outermost inwards; a file may import from its own room and from those after it. */
const order = [
  ['cli'],
  ['training'],
  ['config', 'plots', 'runs'],
  ['submissions'],
  ['optimizers', 'schedules'],
  ['engine'],
  ['download'],
  ['contract', 'count', 'files', 'log', 'near', 'stack', 'version'],
  ['errors', 'found'],
];

interface Import {
  readonly file: string;
  readonly target: string;
}

const root = join(import.meta.dirname, '..');
const files = ['src', 'workloads'].flatMap((folder) =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .map((file) => posix.join(folder, file.replaceAll('\\', '/'))),
);
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
    ([, target]) => ({
      file,
      target: target!.startsWith('.') ? posix.join(posix.dirname(file), target!) : target!,
    }),
  ),
);

function roomOf(path: string): string {
  return path
    .replace(/^src\//, '')
    .split('/')[0]!
    .replace(/\.[jt]s$/, '');
}

function levelOf(path: string): number {
  return order.findIndex((rooms) => rooms.includes(roomOf(path)));
}

const within = imports.filter(
  ({file, target}) => file.startsWith('src/') && target.startsWith('src/') && roomOf(file) !== 'index',
);

test('every room of src has its place in the order', () => {
  expect(files.filter((file) => file.startsWith('src/') && roomOf(file) !== 'index' && levelOf(file) < 0)).toEqual([]);
});

test('imports go one way', () => {
  expect(within.length).toBeGreaterThan(50);
  const wrong = within.filter(({file, target}) => {
    const inward = levelOf(target) > levelOf(file);
    return !inward && roomOf(file) !== roomOf(target);
  });
  expect(wrong).toEqual([]);
});

test('only the engine imports tfjs, but for the type that the contract names', () => {
  const users = imports.filter(({target}) => target.startsWith('@tensorflow/')).map(({file}) => file);
  expect(users.filter((file) => !file.startsWith('src/engine/'))).toEqual(['src/contract/tensor.ts']);
});

test('a workload knows the contract, the engine and its own files', () => {
  const wrong = imports.filter(
    ({file, target}) =>
      /^workloads\/.+\//.test(file) &&
      target.startsWith('src/') &&
      !['contract', 'download', 'engine', 'errors', 'near'].includes(roomOf(target)),
  );
  expect(wrong).toEqual([]);
});

test('no room but the workloads and the list of them knows a workload by name', () => {
  const wrong = imports.filter(({file, target}) => file.startsWith('src/') && /^workloads\/.+\//.test(target));
  expect(wrong).toEqual([]);
});

test.each(['schedules', 'submissions/cyclic/stopping.ts'])('%s knows no file, clock or environment', (place) => {
  const sources = files.filter((file) => file.startsWith(`src/${place}`));
  expect(sources.length).toBeGreaterThan(0);
  for (const file of sources) {
    expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(
      /node:|process\.|Date\b|performance\.|Math\.random/,
    );
  }
});
