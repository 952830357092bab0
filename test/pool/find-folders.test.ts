import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {findWorkloads} from '../../src/pool/find-folders.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'algoperf-ts-find-'));
  return () => rmSync(root, {recursive: true});
});

function make(...paths: string[]): void {
  for (const path of paths) mkdirSync(join(root, path), {recursive: true});
}

const found = (...dirs: string[]) =>
  findWorkloads(dirs.map((dir) => join(root, dir))).folders.map(({submission, study, workload, trials}) =>
    [submission, study, workload, ...trials].join(' '),
  );

test('submissions are the folders above studies and workloads', () => {
  make(
    'a/study_0/wmt_jax/trial_1',
    'a/study_0/wmt_jax/trial_2',
    'a/study_1/ogbg_pytorch/trial_1',
    'b/mnist_tfjs/trial_1',
  );
  expect(found('.')).toEqual(['a study_0 wmt trial_1 trial_2', 'a study_1 ogbg trial_1', 'b  mnist trial_1']);
});

test('a name may be of several parts, and a given folder may be a submission, a study or a workload', () => {
  make('sweep/lr-1/mnist_tfjs/trial_1', 'sweep/lr-2/study_1/mnist_tfjs/trial_1');
  expect(found('.')).toEqual(['sweep/lr-1  mnist trial_1', 'sweep/lr-2 study_1 mnist trial_1']);
  expect(found('sweep')).toEqual(['lr-1  mnist trial_1', 'lr-2 study_1 mnist trial_1']);
  expect(found('sweep/lr-2')).toEqual(['lr-2 study_1 mnist trial_1']);
  expect(found('sweep/lr-2/study_1')).toEqual(['lr-2 study_1 mnist trial_1']);
  expect(found('sweep/lr-2/study_1/mnist_tfjs')).toEqual(['lr-2 study_1 mnist trial_1']);
  expect(found('sweep/lr-1/mnist_tfjs')).toEqual(['lr-1  mnist trial_1']);
});

test('text logs stand for trials', () => {
  make('a/study_0/wmt_jax');
  writeFileSync(join(root, 'a/study_0/wmt_jax/one.log'), '');
  writeFileSync(join(root, 'a/study_0/notes.txt'), '');
  expect(findWorkloads([root]).folders).toMatchObject([
    {submission: 'a', trials: [], logs: ['one.log'], isOurs: false},
  ]);
});

test('hidden folders and those without a trial are passed over', () => {
  make('a/wmt_jax/trial_1', 'a/.old/wmt_jax/trial_1', 'a/ogbg_jax/plots', 'a/wmt_keras/trial_1', 'a/wmt_jax/trial_x');
  expect(found('.')).toEqual(['a  wmt trial_1']);
});

test('a folder that is reached by two ways counts once, and links that lead back end', () => {
  make('a/wmt_jax/trial_1');
  symlinkSync(join(root, 'a'), join(root, 'a', 'again'));
  symlinkSync(root, join(root, 'up'));
  expect(found('.', 'a')).toEqual(['a  wmt trial_1']);
});

test('a link to a submission is one', () => {
  make('elsewhere/x/wmt_jax/trial_1', 'pool');
  symlinkSync(join(root, 'elsewhere', 'x'), join(root, 'pool', 'mine'));
  expect(found('pool')).toEqual(['mine  wmt trial_1']);
});

test("AlgoPerf's folders that differ by a time are one submission, ours are not", () => {
  make(
    'a/study_0/wmt_jax/trial_1',
    'a-2024-01-02-03-04-05/study_0/wmt_jax/trial_1',
    'b-2024-01-02-03-04-05/study_0/wmt_jax/trial_1',
    'c/mnist_tfjs/trial_1',
    'c-2024-01-02-03-04-05/mnist_tfjs/trial_1',
  );
  expect([...new Set(findWorkloads([root]).folders.map(({submission}) => submission))]).toEqual([
    'a',
    'b-2024-01-02-03-04-05',
    'c',
    'c-2024-01-02-03-04-05',
  ]);
});

test('two submissions of one name are refused', () => {
  make('x/a/wmt_jax/trial_1', 'y/a/wmt_jax/trial_1');
  expect(() => found('x', 'y')).toThrow(
    `two submissions are called 'a': one in ${join(root, 'x')}, one in ${join(root, 'y')}; rename one, or give the folder above both`,
  );
  expect(found('.')).toEqual(['x/a  wmt trial_1', 'y/a  wmt trial_1']);
});

test('names with anything in them are names', () => {
  const names = ['a..', '=1+1', 'a b', '$(x)', '<b>', '__proto__'];
  make(...names.map((name) => `${name}/constructor_jax/trial_1`));
  expect(found('.').sort()).toEqual(names.map((name) => `${name}  constructor trial_1`).sort());
});

test.each([
  ['nothing', 'there is no such folder'],
  [
    'empty',
    'there are no runs in it; they are looked for as <submission>/[study_k/]<workload>_tfjs/trial_n (or _jax, _pytorch); it is empty',
  ],
  ['file', 'it is a file, not a folder of runs'],
])('%s: %s', (name, message) => {
  make('empty');
  writeFileSync(join(root, 'file'), '');
  expect(() => found(name)).toThrow(`${join(root, name)}: ${message}`);
});
