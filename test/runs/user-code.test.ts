import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {type CodeKind, codeKinds, laterFiles, requireCodeFacts} from '../../src/runs/recorded-code.js';
import {codeFacts, hashesOf, keepWorkloadCode, readUserCode} from '../../src/runs/user-code.js';
import {temporaryFolder} from '../helpers/cli.js';
import {userCode} from '../helpers/user-code.js';

/** What was loaded: the files of each module, by its path; the modules of threads; what is news of them; what no module has loaded. */
const loaded = vi.hoisted(() => ({
  modules: {} as {[module: string]: {[path: string]: string}},
  threads: [] as string[],
  news: {} as {[others: string]: string[]},
  strays: {} as {[modules: string]: string[]},
}));
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<object>()),
  placeOfUserModule: (path: string) => path.replace('/link/', '/own/'),
  threadModules: () => loaded.threads,
  strayUserFiles: (modules: readonly string[]) => loaded.strays[modules.join()] ?? [],
  codeOfUserModules: (paths: readonly string[], further: readonly string[]) => ({
    files: new Map(
      [...paths, ...further]
        .flatMap((path) => Object.entries(loaded.modules[path] ?? {}))
        .sort()
        .map(([file, text]) => [file, Buffer.from(text)]),
    ),
    importsFrom: (folder: string) => ({[folder]: {count: String(further.length)}}),
    newsSince: (_: number, others: readonly string[]) => loaded.news[others.join()] ?? [],
  }),
}));

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  Object.assign(loaded, {modules: {}, threads: [], news: {}, strays: {}});
});

/** Each kind of code with its files' texts in order, and what was loaded later. */
const read = (...given: Parameters<typeof readUserCode>) =>
  readUserCode(...given).map(({kind, files, later}) => [
    kind,
    [...files].map(([path, content]) => `${path}: ${Buffer.from(content)}`),
    later,
  ]);

describe("the user's own code", () => {
  test('is what was loaded of each kind, by paths from its first module', () => {
    loaded.modules = {
      '/link/mine.ts': {'/own/mine.ts': '1', '/own/lib/b.ts': '2', '/shared/a.ts': '3'},
      '/own/w.ts': {'/own/w.ts': '4'},
      '/own/decay.ts': {'/own/decay.ts': '5'},
      '/own/more/warm.ts': {'/own/more/warm.ts': '6', '/own/decay.ts': '5'},
    };
    const schedules = ['/own/more/warm.ts', '/own/decay.ts'];
    expect(read({schedules, workload: '/own/w.ts', submission: '/link/mine.ts'})).toEqual([
      ['submission', ['lib/b.ts: 2', 'mine.ts: 1', '../shared/a.ts: 3'], []],
      ['workload', ['w.ts: 4'], []],
      ['schedules', ['../decay.ts: 5', 'warm.ts: 6'], []],
    ]);
    expect(codeKinds).toEqual(['submission', 'workload', 'schedules']);
  });

  test('is none where all is built in', () => {
    expect(read({})).toEqual([]);
    expect(read({submission: undefined, schedules: []}, {submission: ['a.ts']})).toEqual([]);
  });

  test('has what was loaded later, too, as it is on the disk', () => {
    const mine = join(folder, 'mine.ts');
    for (const [path, text] of [
      ['lib/late.ts', 'late'],
      ['early.ts', 'changed'],
    ] as const) {
      mkdirSync(dirname(join(folder, path)), {recursive: true});
      writeFileSync(join(folder, path), text);
    }
    loaded.modules = {[mine]: {[mine]: '1', [join(folder, 'early.ts')]: 'early'}};
    const known = {submission: ['early.ts', 'lib/late.ts', 'gone.ts'], workload: ['other.ts']};
    expect(read({submission: mine}, known)).toEqual([
      ['submission', ['early.ts: early', 'mine.ts: 1', 'lib/late.ts: late'], ['early.ts', 'lib/late.ts']],
    ]);
  });

  test('is recorded by its hashes, with what was loaded later if there is any', () => {
    const facts = {folder: '/code', cwd: process.cwd(), modules: {'./a.ts': 'a.ts'}, imports: {'a.ts': {'#b': 'b.ts'}}};
    const {cwd: _, ...code0} = facts;
    const code = (kind: CodeKind, later?: string[]) => userCode(kind, {'a.ts': '1'}, {...code0, ...(later && {later})});
    const hashes = hashesOf(code('workload').files);
    expect(codeFacts([code('submission', []), code('workload'), code('schedules', ['a.ts'])])).toEqual({
      ...{'submission.sha256': hashes, 'submission.code': facts},
      ...{'workload.sha256': hashes, 'workload.code': facts},
      ...{'schedules.sha256': hashes, 'schedules.code': facts, 'schedules.loaded_later': ['a.ts']},
    });
  });

  test('says where its modules are', () => {
    loaded.modules = {'/link/mine.ts': {'/own/x.ts': 'x'}};
    expect(readUserCode({submission: '/link/mine.ts', schedules: ['/own/s.ts']})).toMatchObject([
      {folder: '/own', modules: {'/link/mine.ts': 'mine.ts'}, imports: {'/own': {count: '0'}}, exposed: []},
      {folder: '/own', modules: {'/own/s.ts': 's.ts'}},
    ]);
  });

  test('of a workload is what it was right after it was loaded; what came later could have been changed', () => {
    const workload = '/w1/w.ts';
    loaded.modules = {[workload]: {'/w1/w.ts': 'first'}, '/x/stray.ts': {'/x/stray.ts': '1'}};
    loaded.strays = {[workload]: ['/x/stray.ts']};
    const first = keepWorkloadCode(workload);
    expect([...first.files.keys()]).toEqual(['w.ts', '../x/stray.ts']);
    loaded.modules = {[workload]: {'/w1/w.ts': 'changed', '/w1/late.ts': '2'}, '/data/d.ts': {'/data/d.ts': 'd'}};
    loaded.threads = ['/data/d.ts'];
    loaded.strays = {[workload]: ['/x/later.ts']};
    loaded.news = {'/own/mine.ts,/own/s.ts': ['/w1/late.ts', '/data/d.ts']};
    expect(keepWorkloadCode(workload)).toBe(first);
    const [, code] = readUserCode({submission: '/link/mine.ts', schedules: ['/own/s.ts'], workload});
    expect(code).toMatchObject({imports: {'/w1': {count: '1'}}, exposed: ['late.ts', '../data/d.ts']});
    expect([...code!.files].map(([path, content]) => `${path}: ${Buffer.from(content)}`).sort()).toEqual([
      ...['../data/d.ts: d', '../x/stray.ts: 1', 'late.ts: 2', 'w.ts: first'],
    ]);
  });

  test('that was loaded later is that of the latest process', () => {
    const none = {submission: [], workload: [], schedules: []};
    expect(laterFiles(folder)).toEqual(none);
    writeFileSync(join(folder, 'meta_data_9.json'), '{"submission.loaded_later": ["old.ts"]}');
    writeFileSync(join(folder, 'meta_data_10.json'), '{"workload.loaded_later": ["a.ts", 7]}');
    expect(laterFiles(folder)).toEqual({...none, workload: ['a.ts', '7']});
    writeFileSync(join(folder, 'meta_data_11.json'), 'null');
    expect(laterFiles(folder)).toEqual(none);
  });

  test.each<[string, object, string]>([
    ['submission', {workload: '/w2/w.ts', submission: '/s/s.ts', schedules: ['/d/d.ts']}, '/s/s.ts,/d/d.ts'],
    ['schedules', {workload: '/w3/w.ts', schedules: ['/d/d.ts']}, '/d/d.ts'],
    ['workload', {workload: '/w4/w.ts'}, '/w4/w.ts'],
    ['submission', {submission: '/s/s.ts'}, '/s/s.ts'],
  ])('that no module has loaded belongs to the %s of %j', (owner, modules, since) => {
    if ('workload' in modules) keepWorkloadCode(modules.workload as string);
    loaded.modules = {'/x/stray.ts': {'/x/stray.ts': '1'}};
    loaded.strays = {[since]: ['/x/stray.ts']};
    const having = readUserCode(modules).filter(({files}) => files.has('../x/stray.ts'));
    expect(having.map(({kind}) => kind)).toEqual([owner]);
  });
});

describe('what a file says of the code', () => {
  const facts = {folder: '/p', cwd: '/', modules: {'./a.ts': 'a.ts'}, imports: {'a.ts': {'#b': '../b.ts'}, '': {}}};
  const meta = {
    'workload.sha256': {'a.ts': '1', '../b.ts': '2'},
    'workload.code': facts,
    'workload.loaded_later': ['../b.ts'],
  };

  test('can be used as it was recorded', () => {
    expect(() => requireCodeFacts(meta, 'm.json')).not.toThrow();
    expect(() => requireCodeFacts({rng_seed: 1}, 'm.json')).not.toThrow();
  });

  test.each<[string, unknown]>([
    ...[null, 5, 'abc', ['a'], {'a.ts': 5}, {'': '1'}, {'.': '1'}, {'a//b': '1'}].map((hashes): [string, unknown] => [
      'workload.sha256',
      hashes,
    ]),
    ...[null, 5, [], ['a.ts', '..//x'], [5], ['.'], {}]
      .filter((later) => !(Array.isArray(later) && later.length === 0))
      .map((later): [string, unknown] => ['workload.loaded_later', later]),
    ...[
      undefined,
      null,
      {...facts, folder: 5},
      {...facts, cwd: null},
      {...facts, modules: []},
      {...facts, modules: {'./a.ts': ''}},
      {...facts, imports: null},
      {...facts, imports: {'a.ts': null}},
      {...facts, imports: {'a.ts': {'#b': 7}}},
    ].map((code): [string, unknown] => ['workload.code', code]),
  ])('is refused where its %s is %j', (key, value) => {
    expect(() => requireCodeFacts({...meta, [key]: value}, 'm.json')).toThrow(
      `m.json: ${key}: is not as a run records its code`,
    );
  });
});
