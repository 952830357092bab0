import {expect, test} from 'vitest';
import type {Decoder, Entry} from '../../src/contract/index.js';
import {type Compile, decoderProgram} from '../../src/training/decoder-program.js';

/** A decoder that adds to what its cache holds, in a program of plain values, with all that is made and disposed of. */
function decoding() {
  const log: string[] = [];
  const compile: Compile = (initial, entries) => {
    let state: unknown = initial;
    log.push(`compile ${JSON.stringify(initial)} ${Object.keys(entries)}`);
    return {
      run(name: string, inputs: object) {
        const {state: next, outputs} = (entries[name] as unknown as (...given: unknown[]) => ReturnType<Entry>)(
          state,
          inputs,
        );
        state = next;
        return {outputs, state};
      },
      dispose: () => void log.push('dispose'),
    } as never;
  };
  const decoder = {
    emptyCache: (batchSize: number) => ({batchSize, sum: 0}),
    entries: {
      add: ({params, modelState, cache}: Record<string, {sum: number}>, {token}: {token: number}) => {
        const sum = cache!.sum + token;
        return {cache: {...cache, sum}, outputs: {params, modelState, sum}};
      },
      other: () => ({cache: {}, outputs: {}}),
    },
  };
  let models = 0;
  const model = () => ({params: {weight: ++models}, modelState: {mean: 7}}) as never;
  const program = decoderProgram(decoder as unknown as Decoder, compile, model);
  const run = (token: number, batchSize: number) => program.run('add', {token} as never, batchSize) as unknown;
  return {log, program, run};
}

test('a decoder keeps its cache from call to call, and leaves the model as it is', () => {
  const {log, run} = decoding();
  expect(log).toEqual([]);
  expect(run(2, 4)).toMatchObject({outputs: {params: {weight: 1}, modelState: {mean: 7}, sum: 2}});
  expect(run(3, 4)).toEqual({
    outputs: {params: {weight: 1}, modelState: {mean: 7}, sum: 5},
    state: {params: {weight: 1}, modelState: {mean: 7}, optimizer: {batchSize: 4, sum: 5}},
  });
  expect(log).toEqual([
    'compile {"params":{"weight":1},"modelState":{"mean":7},"optimizer":{"batchSize":4,"sum":0}} add,other',
  ]);
});

test('with another batch size it begins with an empty cache and the model of that time', () => {
  const {log, run, program} = decoding();
  run(2, 4);
  expect(run(3, 8)).toMatchObject({outputs: {params: {weight: 2}, sum: 3}});
  expect(log.slice(1)).toEqual(['dispose', expect.stringContaining('"optimizer":{"batchSize":8,"sum":0}')]);
  program.dispose();
  expect(log.slice(3)).toEqual(['dispose']);
});

test('one that was not run has nothing to dispose of', () => {
  const {log, program} = decoding();
  program.dispose();
  expect(log).toEqual([]);
});
