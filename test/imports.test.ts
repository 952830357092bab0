import {readdirSync, readFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {expect, test} from 'vitest';

/** Rooms from the outermost inwards; a file may import from its own room and from those after it. */
const order = [
  ['cli'],
  ['sweep'],
  ['checking', 'report', 'tuning', 'verification'],
  ['training'],
  ['export', 'pool'],
  ['config', 'plots', 'runs'],
  ['submissions'],
  ['optimizers', 'schedules', 'scoring'],
  ['data', 'metrics'],
  ['engine'],
  ['native'],
  ['download'],
  ['random'],
  ['contract'],
  ['options'],
  ['support'],
  ['link'],
];

interface Import {
  readonly file: string;
  readonly target: string;
}

const root = join(import.meta.dirname, '..');
const files = ['src', 'workloads', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .map((file) => posix.join(folder, file.replaceAll('\\', '/'))),
);
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
    ([, target]) => ({
      file,
      target: target!.startsWith('.') ? posix.join(posix.dirname(file), target!).replace(/\.js$/, '.ts') : target!,
    }),
  ),
);

/** `cli`, `engine`, ..., `workloads`, `bench`; `index` for the library's face. */
function roomOf(path: string): string {
  return path
    .replace(/^src\//, '')
    .split('/')[0]!
    .replace(/\.ts$/, '');
}

function levelOf(path: string): number {
  return order.findIndex((rooms) => rooms.includes(roomOf(path)));
}

const between = imports.filter(({file, target}) => files.includes(target) && roomOf(file) !== roomOf(target));

test('every room of src has its place in the order', () => {
  expect(files.filter((file) => file.startsWith('src/') && roomOf(file) !== 'index' && levelOf(file) < 0)).toEqual([]);
});

test('CONTRIBUTING.md lists the rooms in this order', () => {
  const [, tree] = /^src\/\n(.*?)^workloads\//ms.exec(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'))!;
  const listed = [...tree!.matchAll(/^ {2}(\w+)\//gm)].map(([, room]) => room!);
  expect([...listed].sort()).toEqual(order.flat().sort());
  const levels = listed.map((room) => levelOf(`src/${room}`));
  expect(levels).toEqual([...levels].sort((a, b) => a - b));
});

test('every import of a file finds it', () => {
  const lost = imports.filter(({target}) => /^(src|workloads|bench)\//.test(target) && !files.includes(target));
  expect(lost).toEqual([]);
});

test('imports go one way', () => {
  const inSrc = between.filter(({file, target}) => levelOf(file) >= 0 && levelOf(target) >= 0);
  expect(inSrc.length).toBeGreaterThan(50);
  expect(inSrc.filter(({file, target}) => levelOf(target) <= levelOf(file))).toEqual([]);
});

test('another room is entered by its index', () => {
  expect(between.filter(({target}) => posix.basename(target) !== 'index.ts')).toEqual([]);
});

test('no file imports back what imports it, types included', () => {
  const targetsOf = new Map(files.map((file) => [file, imports.filter((each) => each.file === file)]));
  const circles: string[] = [];
  const finished = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) return void circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (finished.has(file)) return;
    for (const {target} of targetsOf.get(file) ?? []) follow(target, [...way, file]);
    finished.add(file);
  };
  for (const file of files) follow(file, []);
  expect(circles).toEqual([]);
});

test('only the engine imports tfjs, but for the type that the contract names and what it is compared with', () => {
  const users = imports.filter(({target}) => target.startsWith('@tensorflow/')).map(({file}) => file);
  const others = new Set(users.filter((file) => !file.startsWith('src/engine/')));
  expect([...others]).toEqual(['src/contract/tensor.ts', 'bench/plain-process.ts']);
});

test('a workload knows contract, engine, data, metrics, download, support and its own files', () => {
  const allowed = ['contract', 'data', 'download', 'engine', 'metrics', 'support'];
  const wrong = imports.filter(
    ({file, target}) => /^workloads\/.+\//.test(file) && target.startsWith('src/') && !allowed.includes(roomOf(target)),
  );
  expect(wrong).toEqual([]);
});

test('no room but the workloads and the list of them knows a workload by name', () => {
  const wrong = imports.filter(({file, target}) => file.startsWith('src/') && /^workloads\/.+\//.test(target));
  expect(wrong).toEqual([]);
});

/** What draws a study's trials. */
const samplers = ['halton', 'mersenne-twister', 'search-space', 'trial-seed'].map((name) => `tuning/${name}.ts`);

test.each(['metrics', 'schedules', 'scoring', 'random', 'submissions/cyclic/stopping.ts', ...samplers])(
  '%s knows no file, clock or environment',
  (place) => {
    const sources = files.filter((file) => file.startsWith(`src/${place}`));
    expect(sources.length).toBeGreaterThan(0);
    for (const file of sources) {
      expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(
        /node:|process\.|Date\b|performance\.|Math\.random/,
      );
    }
  },
);

test('what draws trials knows no other room but the contract and the support', () => {
  const wrong = between.filter(
    ({file, target}) =>
      samplers.some((name) => file === `src/${name}`) && !['contract', 'support'].includes(roomOf(target)),
  );
  expect(wrong).toEqual([]);
});
