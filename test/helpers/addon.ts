import {spawnSync} from 'node:child_process';
import {expect} from 'vitest';
import type {OpAttribute} from '../../src/engine/tensorflow/binding.js';
import {installedTensorflow} from '../../src/native/installed.js';

/** A call of one of the addon's operations, on float32 or int32. */
export interface AddonCall {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly {readonly shape: readonly number[]; readonly data: Float32Array | Int32Array}[];
  readonly outputs: number;
}

/** The kinds of processors that loops are compiled for, and what makes the addon take one for such. */
export const processors: [kind: string, env: NodeJS.ProcessEnv][] = [
  ['the best that the processor can', {}],
  ['AVX2', {ONEDNN_MAX_CPU_ISA: 'AVX2'}],
  ['no vectors but the oldest', {ONEDNN_MAX_CPU_ISA: 'SSE41'}],
];

const SCRIPT = `
  const addon = require(process.argv[1]);
  const calls = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const values = (text) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
  const results = calls.map(({op, attributes, inputs, outputs}) => {
    const ids = inputs.map(({shape, data, isInteger}) =>
      isInteger ? addon.createTensor(shape, 3, new Int32Array(values(data).buffer)) : addon.createTensor(shape, 1, values(data)));
    const given = addon.executeOp(op, attributes, ids, outputs);
    return given.map(({id}) => Buffer.from(addon.tensorDataSync(id).buffer).toString('base64'));
  });
  process.stdout.write(JSON.stringify(results));`;

/**
 * Makes calls of the addon in a process of its own, for what it reads of the environment when it is loaded.
 * @returns the outputs' values, call by call
 */
export function executedInProcess(calls: readonly AddonCall[], env: NodeJS.ProcessEnv): Float32Array[][] {
  const text = (data: Float32Array | Int32Array): string => Buffer.from(data.buffer).toString('base64');
  const given = calls.map((call) => ({
    ...call,
    inputs: call.inputs.map(({shape, data}) => ({
      shape,
      data: text(data),
      isInteger: data instanceof Int32Array,
    })),
  }));
  const {stdout, stderr, status} = spawnSync(process.execPath, ['-e', SCRIPT, installedTensorflow()!.addon], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '2', ...env},
    maxBuffer: 1e8,
  });
  expect({stderr, status}).toEqual({stderr: '', status: 0});
  const values = (each: string): Float32Array => new Float32Array(new Uint8Array(Buffer.from(each, 'base64')).buffer);
  return (JSON.parse(stdout) as string[][]).map((outputs) => outputs.map(values));
}
