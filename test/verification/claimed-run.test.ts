import {mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {sha256} from '../../src/runs/file-hashes.js';
import {type KnownCode, UserError} from '../../src/support/index.js';
import type {Claim, ClaimedCode} from '../../src/training/index.js';
import {fixedHashes} from '../../src/training/outside-changes.js';
import {claimedRun, claimedWorkload} from '../../src/verification/claimed-run.js';
import type {BegunRun} from '../../src/verification/recorded-run.js';
import {temporaryFolder} from '../helpers/cli.js';

/** What may be loaded from now on, by call. */
const required = vi.hoisted((): KnownCode[] => []);
const strict = vi.hoisted(() => ({isAll: false}));

// The loader's hooks are a file of the built tool.
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<typeof import('../../src/support/index.js')>()),
  requireCode: (code: KnownCode) => void required.push(code),
  requireKnownCode() {
    strict.isAll = true;
  },
}));

beforeEach(() => {
  required.splice(0);
  strict.isAll = false;
});

/** Writes files, by their paths in a new folder. @returns that folder */
function folderOf(files: {readonly [path: string]: string}): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const FILES = {
  'config.yaml': 'batch_size: 4\n',
  'flags_0.json': '{"dataDir": "a"}',
  'meta_data_0.json': '{"rng_seed": 7}',
};

const claimOf = (path: string, change: Partial<Claim> = {}): Claim => ({
  ...{path, steps: {}, evaluations: [], settings: fixedHashes(path), checkpoints: {}},
  ...change,
});

describe('a run as it claims to be', () => {
  test('has of its folder what it began with, and its numbers from the claim', () => {
    const path = folderOf({...FILES, 'eval_measurements.csv': 'global_step\n3\n', 'result.json': '{}'});
    const metrics = {'validation/accuracy': '0.5', 'test/loss': 'NaN', 'train/loss': 'Infinity'};
    const evaluations = [
      {globalStep: 3, process: 0, metrics},
      {globalStep: 5, process: 1, metrics: {}},
    ];
    const checkpoints = {'step-3.safetensors': 'a'};
    expect(claimedRun(claimOf(path, {evaluations, checkpoints}))).toEqual({
      ...{path, result: undefined, sums: checkpoints, checkpoints: [3, 5]},
      ...{meta: [{rng_seed: 7}], flags: [{dataDir: 'a'}]},
      evaluations: [
        {
          ...{step: 3, process: 0},
          metrics: {'validation/accuracy': 0.5, 'test/loss': Number.NaN, 'train/loss': Number.POSITIVE_INFINITY},
        },
        {step: 5, process: 1, metrics: {}},
      ],
      config: expect.objectContaining({data: expect.objectContaining({batch_size: 4})}),
    });
  });

  test('has an evaluation of a step twice, and its checkpoint once', () => {
    const evaluation = {globalStep: 3, process: 0, metrics: {}};
    const run = claimedRun(claimOf(folderOf(FILES), {evaluations: [evaluation, evaluation]}));
    expect(run).toMatchObject({checkpoints: [3], evaluations: [{step: 3}, {step: 3}]});
  });

  test("has each process's facts, in their order", () => {
    const names = Array.from({length: 12}, (_, i) => i);
    const more = Object.fromEntries(
      names.flatMap((i) => [
        [`meta_data_${i}.json`, `{"n": ${i}}`],
        [`flags_${i}.json`, `{"f": ${i}}`],
      ]),
    );
    expect(claimedRun(claimOf(folderOf({...FILES, ...more})))).toMatchObject({
      meta: names.map((n) => ({n})),
      flags: names.map((f) => ({f})),
    });
  });

  test('has no facts where a file holds none, as the run left it', () => {
    const run = claimedRun(claimOf(folderOf({...FILES, 'meta_data_0.json': '[]'})));
    expect(run).toMatchObject({meta: [{}], flags: [{dataDir: 'a'}]});
  });

  test.each([
    ['meta_data_0.json', 'meta_data_0.json is missing'],
    ['flags_0.json', 'flags_0.json is missing'],
  ])('without %s is refused', (name, message) => {
    const {[name as keyof typeof FILES]: _, ...rest} = FILES;
    expect(() => claimedRun(claimOf(folderOf(rest)))).toThrow(new UserError(message));
  });

  test.each<[string, (path: string) => void, string]>([
    ['changed', (path) => writeFileSync(join(path, 'flags_0.json'), '{}'), 'flags_0.json'],
    ['removed', (path) => rmSync(join(path, 'meta_data_0.json')), 'meta_data_0.json'],
    ['changed in its kept code', (path) => writeFileSync(join(path, 'source/a_0/b.ts'), ''), 'source/a_0/b.ts'],
    ['given more code', (path) => writeFileSync(join(path, 'source/a_0/c.ts'), ''), 'source/a_0/c.ts'],
  ])('that was %s is not looked at, and the file is named', (_, change, file) => {
    const path = folderOf({...FILES, 'source/a_0/b.ts': 'export {};'});
    const claim = claimOf(path);
    expect(claimedRun(claim)).toMatchObject({path});
    change(path);
    expect(claimedRun(claim)).toEqual([file]);
  });
});

describe('the workload of a claim', () => {
  const CODE = {'own.ts': 'own', 'lib/data.ts': 'data', '../shared/steps.ts': 'steps'};
  const hashes = Object.fromEntries(Object.entries(CODE).map(([path, text]) => [path, sha256(text)]));
  const changedHashes = {...hashes, 'own.ts': sha256('another')};

  const IMPORTS = {'own.ts': {'#data': 'lib/data.ts'}};

  /** A user's code, the run that keeps it, and what it has loaded. */
  function workloadOf(code: ClaimedCode['hashes'] = hashes) {
    const above = folderOf({'w/own.ts': 'own', 'w/lib/data.ts': 'data', 'shared/steps.ts': 'steps'});
    const folder = join(above, 'w');
    const entry = join(folder, 'own.ts');
    const kept = {'own.ts': 'own', 'lib/data.ts': 'data', 'parent/shared/steps.ts': 'steps'};
    const path = folderOf(
      Object.fromEntries(Object.entries(kept).map(([file, text]) => [`source/workload_0/${file}`, text])),
    );
    const run = {path, meta: [{'workload.sha256': hashes}], flags: [{}]};
    const claim = {folder, entry: 'own.ts', hashes: code, imports: IMPORTS};
    return {folder, entry, path, run, claim, claimed: (of: BegunRun = run) => claimedWorkload(of, entry, claim)};
  }

  /** What is known of the code where it is: in the folder that it was in, or where the run keeps it. */
  function knownIn({folder, path}: ReturnType<typeof workloadOf>, place: string, shared: string): KnownCode[] {
    const file = (path: string, of: string) => ({place: of, sha256: hashes[path as keyof typeof CODE]!});
    const files = {
      'own.ts': file('own.ts', join(place, 'own.ts')),
      'lib/data.ts': file('lib/data.ts', join(place, 'lib', 'data.ts')),
      '../shared/steps.ts': file('../shared/steps.ts', join(shared, 'shared', 'steps.ts')),
    };
    return [{folder, place, isKept: place !== folder, packages: dirname(path), files, imports: IMPORTS}];
  }

  test('is what the run was asked for where it comes with the tool', () => {
    const run = {path: temporaryFolder(), meta: [{}], flags: [{}]};
    expect(claimedWorkload(run, 'mnist', undefined)).toBe('mnist');
    expect(required).toEqual([]);
    expect(() => claimedWorkload(run, './own.ts', undefined)).toThrow(
      new UserError('./own.ts: the run has loaded no workload from there'),
    );
  });

  test('is loaded from where it was, and nothing else with it', () => {
    const workload = workloadOf();
    expect(workload.claimed()).toBe(workload.entry);
    expect(required).toEqual(knownIn(workload, workload.folder, dirname(workload.folder)));
    expect(strict.isAll).toBe(true);
  });

  test.each([
    ['changed', (folder: string) => writeFileSync(join(folder, 'lib/data.ts'), 'other')],
    ['removed', (folder: string) => rmSync(folder, {recursive: true})],
  ])('is loaded from what the run keeps where a file was %s', (_, change) => {
    const workload = workloadOf();
    change(workload.folder);
    const kept = join(workload.path, 'source', 'workload_0');
    expect(workload.claimed()).toBe(join(kept, 'own.ts'));
    expect(required).toEqual(knownIn(workload, kept, join(kept, 'parent')));
  });

  test('is named as it was, wherever links lead by now', () => {
    const {folder, entry, claimed} = workloadOf();
    renameSync(folder, `${folder}-elsewhere`);
    symlinkSync(`${folder}-elsewhere`, folder);
    expect(claimed()).toBe(entry);
    expect(required[0]!.files['own.ts']!.place).toBe(entry);
  });

  test('is refused where it is nowhere as the run loaded it', () => {
    const {entry, run, claimed} = workloadOf(changedHashes);
    expect(claimed).toThrow(new UserError(`${entry} is not as the run loaded it`));
    expect(() => claimed({...run, meta: [{}]})).toThrow(new UserError(`${entry} is not as the run loaded it`));
    expect(required).toEqual([]);
  });
});
