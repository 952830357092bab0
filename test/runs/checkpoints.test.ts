import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {NdArray, TrainState} from '../../src/contract/index.js';
import {
  checkpointSteps,
  checkpointSums,
  clearCheckpoints,
  latestCheckpoint,
  latestStep,
  readCheckpointAt,
  readSafetensors,
  saveCheckpoint,
  writeSafetensors,
} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';

let run = '';
beforeEach(() => {
  run = temporaryFolder();
});

const leaf = (value: number): NdArray => ({shape: [], dtype: 'float32', data: Float32Array.of(value)});
/** With an empty branch, and all types of numbers. */
const stateAt = (step: number): TrainState<NdArray> => ({
  params: {w: leaf(step)},
  modelState: {},
  optimizer: {
    m: {shape: [2, 2], dtype: 'float32', data: Float32Array.of(-step, Number.NaN, 0, 1e-40)},
    seen: {shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1)},
    ids: {shape: [2], dtype: 'int32', data: Int32Array.of(-1, 2 ** 31 - 1)},
  },
});
const ALL = {keepLast: Number.POSITIVE_INFINITY, others: []};
const save = (step: number, rules: {keepLast: number; others: readonly number[]} = ALL) =>
  saveCheckpoint(run, {globalStep: step, state: stateAt(step), metadata: {step}}, rules);
const fileOf = (name: string) => join(run, 'checkpoints', name);
const pathOf = (step: number) => fileOf(`step-${step}.safetensors`);

test('come back whole, empty branches and all, and are handed over once', () => {
  save(5);
  const {checkpoint, damaged} = latestCheckpoint(run);
  expect(checkpoint).toMatchObject({globalStep: 5, metadata: {step: 5}});
  expect(damaged).toEqual([]);
  expect(checkpoint!.takeState()).toEqual(stateAt(5));
  expect(() => checkpoint!.takeState()).toThrow('was taken already');
});

test('the model comes as it is evaluated: with other parameters than those that are trained, where the run has them', () => {
  const state = {params: {w: leaf(1)}, modelState: {s: leaf(2)}, optimizer: {m: leaf(3)}} as TrainState<NdArray>;
  const saved = (evalParams?: TrainState<NdArray>['params']) => {
    saveCheckpoint(run, {globalStep: 1, state, evalParams, metadata: null}, ALL);
    return latestCheckpoint(run).checkpoint!;
  };
  expect(saved().takeEvaluated()).toEqual({params: state.params, modelState: state.modelState});
  expect(saved({w: leaf(4)}).takeEvaluated()).toEqual({params: {w: leaf(4)}, modelState: state.modelState});
  expect(saved({w: leaf(4)}).takeState()).toEqual(state);
});

test('any name of a leaf comes back, and no two are taken for one', () => {
  const names = 'a/b a dense/kernel:0  / . .. a.b ~1 ~ 学习率 7 data __metadata__'.split(' ');
  const optimizer = Object.fromEntries(names.map((name, i) => [name, name === 'a' ? {b: leaf(i)} : leaf(i)]));
  const inner = Object.fromEntries([['__proto__', leaf(50)]]);
  const branch = {data: leaf(60), shape: leaf(61), dtype: leaf(62)};
  const state = {params: inner, modelState: {'': {'': leaf(51)}, branch}, optimizer} as TrainState<NdArray>;
  saveCheckpoint(run, {globalStep: 1, state, metadata: null}, ALL);
  const {checkpoint, damaged} = latestCheckpoint(run);
  expect(damaged).toEqual([]);
  const read = checkpoint!.takeState();
  expect(JSON.stringify(read)).toBe(JSON.stringify(state));
  expect(Object.keys(read.params)).toEqual(['__proto__']);
});

test('a leaf that is missing is reported by its name', () => {
  save(1);
  const {tensors, metadata} = readSafetensors(pathOf(1));
  writeSafetensors(pathOf(1), {tensors: tensors.filter(({name}) => name !== 'optimizer/seen'), metadata});
  expect(latestCheckpoint(run)).toEqual({
    checkpoint: undefined,
    damaged: [{path: pathOf(1), reason: "its tensor 'optimizer/seen' is missing"}],
  });
});

test('the steps are those of checkpoints alone, by number', () => {
  expect([checkpointSteps(run), latestStep(run), checkpointSums(run)]).toEqual([[], 0, {}]);
  for (const step of [9, 100, 10]) save(step);
  for (const name of ['step-7.safetensors.damaged', 'step-.safetensors', 'my-step-5.safetensors', 'step-6xsafetensors'])
    writeFileSync(fileOf(name), '');
  expect(checkpointSteps(run)).toEqual([9, 10, 100]);
  expect(latestStep(run)).toBe(100);
});

test('the latest stay, those that are named, and files that are no checkpoints', () => {
  mkdirSync(join(run, 'checkpoints'));
  writeFileSync(fileOf('step-1.safetensors.damaged'), '');
  for (const step of [1, 2, 3, 4]) save(step);
  save(5, {keepLast: 2, others: [2, 77]});
  expect(checkpointSteps(run)).toEqual([2, 4, 5]);
  expect(existsSync(fileOf('step-1.safetensors.damaged'))).toBe(true);
  save(6, {keepLast: 1, others: []});
  expect(checkpointSteps(run)).toEqual([6]);
});

test('a folder that cannot be made is an error that a user can mend', () => {
  writeFileSync(join(run, 'checkpoints'), '');
  expect(() => save(1)).toThrow(UserError);
});

test('each has the sum that is in its metadata; one that cannot be read has none', () => {
  for (const step of [1, 2]) save(step);
  writeFileSync(pathOf(3), 'no checkpoint');
  const sums = checkpointSums(run);
  expect(Object.keys(sums)).toEqual(['step-1.safetensors', 'step-2.safetensors']);
  for (const sum of Object.values(sums)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(pathOf(1), 'latin1')).toContain(sums['step-1.safetensors']);
});

test('one of a step is read, and says what is wrong with it', () => {
  for (const step of [1, 2]) save(step);
  const read = readCheckpointAt(run, 1);
  expect([read.globalStep, read.metadata]).toEqual([1, {step: 1}]);
  expect(read.takeEvaluated()).toEqual({params: {w: leaf(1)}, modelState: {}});
  expect(() => read.takeEvaluated()).toThrow('the state of the checkpoint was taken already');
  writeFileSync(pathOf(1), '1234567');
  expect(() => readCheckpointAt(run, 1)).toThrow('7 bytes are too few for a header');
});

test('is a format that says so, with its structure and what the host needs', () => {
  save(3);
  const {metadata, tensors} = readSafetensors(pathOf(3));
  expect(metadata).toEqual({
    format: 'algoperf-ts',
    structure: '{"params":{"w":0},"modelState":{},"optimizer":{"m":0,"seen":0,"ids":0}}',
    run: '{"step":3}',
  });
  expect(tensors.map(({name}) => name)).toEqual(['params/w', 'optimizer/m', 'optimizer/seen', 'optimizer/ids']);
});

test.each(['structure', 'run'] as const)('a file without %s is none', (key) => {
  save(1);
  const {metadata, tensors} = readSafetensors(pathOf(1));
  const {[key]: _, ...others} = metadata;
  writeSafetensors(pathOf(1), {tensors, metadata: others});
  expect(latestCheckpoint(run)).toEqual({
    checkpoint: undefined,
    damaged: [{path: pathOf(1), reason: 'its metadata is not that of a checkpoint'}],
  });
});

test('damaged ones are kept under another name, and files of killed writes removed', () => {
  for (const step of [1, 2, 3]) save(step);
  writeFileSync(pathOf(3), 'torn');
  const temporary = fileOf('step-4.safetensors.123.tmp');
  for (const path of [temporary, fileOf('notes.txt')]) writeFileSync(path, '');
  const {checkpoint, damaged} = latestCheckpoint(run);
  expect(checkpoint?.globalStep).toBe(2);
  expect(damaged).toEqual([{path: pathOf(3), reason: expect.stringContaining('too few for a header')}]);
  clearCheckpoints(run, damaged);
  expect(readFileSync(`${pathOf(3)}.damaged`, 'utf8')).toBe('torn');
  expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual([
    'notes.txt',
    'step-1.safetensors',
    'step-2.safetensors',
    'step-3.safetensors.damaged',
  ]);
});

test('where there is no folder there is nothing to clear', () => {
  rmSync(join(run, 'checkpoints'), {recursive: true, force: true});
  expect(() => clearCheckpoints(run, [])).not.toThrow();
  expect(latestCheckpoint(run)).toEqual({checkpoint: undefined, damaged: []});
});
