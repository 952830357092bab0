import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import type {UserCode} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {keepLateCode, lateCode, sayingLateCode} from '../../src/training/late-code.js';
import {temporaryFolder} from '../helpers/cli.js';
import {userCode} from '../helpers/user-code.js';

/** What the process has loaded of the user's code by now. */
const loaded = vi.hoisted(() => ({now: (): unknown => [], modules: undefined as unknown}));

vi.mock('../../src/runs/index.js', async (original) => ({
  ...(await original<object>()),
  readUserCode(modules: object) {
    loaded.modules = modules;
    return loaded.now();
  },
}));

const codeOf = (kind: UserCode['kind'], files: {readonly [path: string]: string}, later?: string[]): UserCode =>
  userCode(kind, files, later && {later});

/** What has become of a run's code. */
function late(before: readonly UserCode[], now: () => unknown, modules?: object) {
  loaded.now = now;
  return lateCode({options: {modules}, folder: {code: before}} as never);
}

const own = codeOf('submission', {'own.ts': 'own', 'lib.ts': 'lib'});
const data = codeOf('workload', {'own.ts': 'data'});

test('code that is as it was has nothing to say, also where not all of it is loaded', () => {
  expect(late([own, data], () => [own, data], {submission: 'a.ts'})).toEqual({grown: [], changes: []});
  expect(loaded.modules).toEqual({submission: 'a.ts'});
  expect(late([own], () => [codeOf('submission', {'own.ts': 'own'})])).toEqual({grown: [], changes: []});
  expect(loaded.modules).toEqual({});
  expect(late([own], () => [data])).toEqual({grown: [], changes: []});
});

test('files that were loaded on the way are told apart from those of the beginning', () => {
  const before = codeOf('submission', {'own.ts': 'own'}, ['z.ts']);
  const now = codeOf('submission', {'own.ts': 'own', 'b.ts': 'b', 'a.ts': 'a'});
  const {grown, changes} = late([data, before], () => [data, now]);
  expect(changes).toEqual([]);
  expect(grown).toEqual([{...before, files: now.files, later: ['a.ts', 'b.ts', 'z.ts']}]);
  expect(late([codeOf('submission', {})], () => [now]).grown[0]!.later).toEqual(['a.ts', 'b.ts', 'own.ts']);
});

test('files that were loaded otherwise than at the beginning are changes, and the code stays', () => {
  const now = codeOf('submission', {'own.ts': 'another', 'lib.ts': 'lib'});
  expect(late([own, data], () => [now, data])).toEqual({
    grown: [],
    changes: ['submission own.ts: changed while the run was under way'],
  });
});

test('what files get of each other on the way belongs to the code, too; what they get otherwise is a change', () => {
  const before = userCode('submission', {'own.ts': 'own', 'a.ts': 'a'}, {imports: {'own.ts': {'./a.ts': 'a.ts'}}});
  const imports = {'own.ts': {'#a': 'a.ts'}, 'a.ts': {'require ./own': 'own.ts'}};
  expect(late([before], () => [{...before, imports}])).toEqual({
    grown: [{...before, imports: {'own.ts': {'./a.ts': 'a.ts', '#a': 'a.ts'}, 'a.ts': imports['a.ts']}, later: []}],
    changes: [],
  });
  expect(late([before], () => [{...before, imports: {'own.ts': {'./a.ts': 'own.ts'}}}]).changes).toEqual([
    "submission own.ts: gets own.ts by './a.ts', and got a.ts while the run was under way",
  ]);
});

test('what the submission could have changed before it was loaded is a change, said after the first evaluation', async () => {
  const exposed = (...paths: string[]) => [{...data, exposed: paths}];
  const reason = (which: string) =>
    `workload ${which}: asked for only after other code of yours was loaded, which could have changed it; let the workload's module import it at its top`;
  expect(late([data], () => exposed('a.ts')).changes).toEqual([reason('a.ts')]);
  expect(late([data], () => exposed('a.ts', 'b.ts', 'c.ts')).changes).toEqual([reason('a.ts (and 2 more)')]);
  const said: string[] = [];
  const lateChanges: string[] = [];
  const run = {options: {watcher: {warn: (text: string) => said.push(text)}}, folder: {code: [data]}, lateChanges};
  loaded.now = () => exposed();
  const evaluate = sayingLateCode(run as never, async () => {
    loaded.now = () => exposed('a.ts');
    return {loss: 1};
  });
  expect(await evaluate()).toEqual({loss: 1});
  await evaluate();
  expect(said).toEqual([`the result will not be official: ${reason('a.ts')}`]);
  expect(lateChanges).toEqual([reason('a.ts')]);
});

test('code that is not one is a change in words, and a fault is none', () => {
  const failing = (error: Error) => () => {
    throw error;
  };
  expect(late([own], failing(new UserError('it is two')))).toEqual({grown: [], changes: ['it is two']});
  expect(() => late([own], failing(new TypeError('a fault')))).toThrow(TypeError);
});

test('what was loaded on the way is kept, with its hashes', () => {
  const path = temporaryFolder();
  const folder = {path, preemptionCount: 2} as never;
  keepLateCode(folder, {grown: [], changes: ['a']});
  expect(existsSync(join(path, 'source'))).toBe(false);
  writeFileSync(join(path, 'meta_data_2.json'), '{"rng_seed": 7}');
  keepLateCode(folder, {grown: [codeOf('submission', {'own.ts': 'own', 'lib/a.ts': 'a'}, ['lib/a.ts'])], changes: []});
  expect(readFileSync(join(path, 'source', 'submission_2', 'lib', 'a.ts'), 'utf8')).toBe('a');
  expect(JSON.parse(readFileSync(join(path, 'meta_data_2.json'), 'utf8'))).toMatchObject({
    ...{rng_seed: 7, 'submission.loaded_later': ['lib/a.ts']},
    'submission.sha256': {'own.ts': expect.any(String), 'lib/a.ts': expect.any(String)},
  });
});
