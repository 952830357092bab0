import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {
  type CodeKind,
  codeFacts,
  codeKinds,
  hashesOf,
  keptPath,
  laterFiles,
  readUserCode,
} from '../../src/runs/user-code.js';
import {temporaryFolder} from '../helpers/cli.js';
import {userCode} from '../helpers/user-code.js';

/** What was loaded: the files of each module, by its path; the modules of threads; what could have been changed before. */
const loaded = vi.hoisted(() => ({
  modules: {} as {[module: string]: {[path: string]: string}},
  threads: [] as string[],
  exposed: {} as {[others: string]: string[]},
}));
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<object>()),
  placeOfUserModule: (path: string) => path.replace('/link/', '/own/'),
  threadModules: () => loaded.threads,
  codeOfUserModules: (paths: readonly string[]) => ({
    files: new Map(
      paths
        .flatMap((path) => Object.entries(loaded.modules[path] ?? {}))
        .sort()
        .map(([file, text]) => [file, Buffer.from(text)]),
    ),
    importsFrom: (folder: string) => ({[folder]: {}}),
    since: (others: readonly string[]) => loaded.exposed[others.join()] ?? [],
  }),
}));

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  Object.assign(loaded, {modules: {}, threads: [], exposed: {}});
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
    const facts = {folder: '/code', modules: {'./a.ts': 'a.ts'}, imports: {'a.ts': {'#b': 'b.ts'}}};
    const code = (kind: CodeKind, later?: string[]) => userCode(kind, {'a.ts': '1'}, {...facts, ...(later && {later})});
    const hashes = hashesOf(code('workload').files);
    expect(codeFacts([code('submission', []), code('workload'), code('schedules', ['a.ts'])])).toEqual({
      ...{'submission.sha256': hashes, 'submission.code': facts},
      ...{'workload.sha256': hashes, 'workload.code': facts},
      ...{'schedules.sha256': hashes, 'schedules.code': facts, 'schedules.loaded_later': ['a.ts']},
    });
  });

  test('says where its modules are, and which of its files what trains could have changed: of a workload alone', () => {
    const file = {'/own/x.ts': 'x'};
    loaded.modules = {'/link/mine.ts': file, '/own/w.ts': file, '/data/d.ts': {'/data/d.ts': 'd'}};
    loaded.threads = ['/data/d.ts'];
    loaded.exposed = {'/own/mine.ts,/own/s.ts': ['/own/lib/x.ts', '/data/d.ts']};
    const code = readUserCode({submission: '/link/mine.ts', schedules: ['/own/s.ts'], workload: '/own/w.ts'});
    expect(code).toMatchObject([
      {folder: '/own', modules: {'/link/mine.ts': 'mine.ts'}, imports: {'/own': {}}, exposed: []},
      {modules: {'/own/w.ts': 'w.ts'}, exposed: ['lib/x.ts', '../data/d.ts']},
      {exposed: []},
    ]);
    expect(code.map(({files}) => [...files.keys()])).toEqual([['x.ts'], ['../data/d.ts', 'x.ts'], []]);
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

  test('above its folder is kept below it', () => {
    expect(keptPath('../../shared/a.ts')).toBe('parent/parent/shared/a.ts');
    expect(keptPath('lib/a.ts')).toBe('lib/a.ts');
  });
});
