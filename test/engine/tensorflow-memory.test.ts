import {spawnSync} from 'node:child_process';
import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine} from '../../src/engine/index.js';
import {alignedFloat32Array} from '../../src/engine/tensorflow/aligned.js';
import {tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {chooseThreads, requireThreadCounts, threadVariables} from '../../src/engine/tensorflow/threads.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {installedTensorflow} from '../../src/native/installed.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

describe('threads', () => {
  const small = {batchSize: 128, multiplyAdds: 101_632, matMulMultiplyAdds: 101_632};
  const single = {TF_NUM_INTEROP_THREADS: '-1', TF_NUM_INTRAOP_THREADS: '1'};

  const atOnce = {TF_NUM_INTRAOP_THREADS: '1'};
  const transformer = {batchSize: 32, multiplyAdds: 1.55e8, matMulMultiplyAdds: 1.55e8};

  test.each([
    [small, single, single, single],
    [{...small, batchSize: 384}, single, single, single],
    [{...small, batchSize: 512}, {}, single, single],
    [{...small, batchSize: 512, matMulMultiplyAdds: undefined}, {}, {}, {}],
    [{...small, batchSize: 512, matMulMultiplyAdds: 1632}, {}, {}, {}],
    [{...small, batchSize: 1024}, {}, single, single],
    [{...small, batchSize: 4096}, {}, single, single],
    [{...small, batchSize: 8192}, {}, atOnce, {}],
    [transformer, {}, atOnce, {}],
    [{...transformer, batchSize: 256}, {}, atOnce, {}],
    [{batchSize: 8, multiplyAdds: 1.7e9, matMulMultiplyAdds: 1.7e9}, {}, {}, {}],
    [{...transformer, matMulMultiplyAdds: 1.4e8}, {}, {}, {}],
    [{...small, batchSize: 1, multiplyAdds: 556e6}, {}, {}, {}],
    [{...small, multiplyAdds: undefined}, {}, {}, {}],
  ])('for %o', (work, withoutOurs, onTwo, onThree) => {
    const on = (processors: number, sharesProducts = true) => threadVariables(work, {sharesProducts, processors});
    expect([on(2, false), on(2), on(3)]).toEqual([withoutOurs, onTwo, onThree]);
  });

  test('a choice that is made again changes nothing', () => {
    const env: NodeJS.ProcessEnv = {};
    for (let i = 0; i < 2; i++) chooseThreads(small, {sharesProducts: true, processors: 2}, env);
    expect(env).toEqual(single);
  });

  test.each([
    ['TF_NUM_INTRAOP_THREADS', 999, '1000'],
    ['ALGOPERF_TS_THREADS', 8, '9'],
  ])('%s that is no number of threads is refused', (name, most, more) => {
    for (const value of ['', '-1', '1.5', 'abc', ' 1', '1e3', more])
      expect(() => requireThreadCounts({[name]: value})).toThrow(
        `${name}, a variable of the environment: must be a number of threads up to ${most}, found '${value}'.`,
      );
  });

  test('numbers of threads are taken, and none between operations', () => {
    requireThreadCounts({TF_NUM_INTRAOP_THREADS: '0', ALGOPERF_TS_THREADS: '8', TF_NUM_INTEROP_THREADS: '1'});
    requireThreadCounts({TF_NUM_INTEROP_THREADS: '-1'});
    requireThreadCounts({});
    expect(() => requireThreadCounts({TF_NUM_INTEROP_THREADS: '-2'})).toThrow(
      "TF_NUM_INTEROP_THREADS, a variable of the environment: must be a number of threads up to 999 or -1 (operations run where they are asked for), found '-2'.",
    );
  });

  test('variables that are set stay, and hold for the threads of our own', () => {
    const env: NodeJS.ProcessEnv = {TF_NUM_INTRAOP_THREADS: '2'};
    chooseThreads(small, {sharesProducts: false, processors: 2}, env);
    expect(env).toEqual({TF_NUM_INTEROP_THREADS: '-1', TF_NUM_INTRAOP_THREADS: '2', ALGOPERF_TS_THREADS: '2'});
    const many: NodeJS.ProcessEnv = {TF_NUM_INTRAOP_THREADS: '64'};
    chooseThreads(small, {sharesProducts: false, processors: 2}, many);
    expect(many.ALGOPERF_TS_THREADS).toBe('8');
  });
});

test('aligned memory is plain memory where TensorFlow is not the engine', async () => {
  await openEngine('cpu');
  expect(alignedFloat32Array(3)).toEqual(new Float32Array(3));
});

describe.skipIf(!hasTensorflow)(onTensorflow('aligned memory'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each([1, 7, 16, 1000, 802_816])('of %i values is shared with a tensor, and zeros', (length) => {
    const {binding} = tensorflowBackend();
    const array = alignedFloat32Array(length);
    expect(array.length).toBe(length);
    expect(array.every((value) => value === 0)).toBe(true);
    const id = binding.createTensor([length], 1, array);
    array[length - 1] = 5;
    expect(binding.tensorDataSync(id)[length - 1]).toBe(5);
    binding.deleteTensor(id);
  });
});

describe.skipIf(!hasOwnAddon())(onTensorflow('loading'), () => {
  /** Runs a script in a process of its own; its first argument is the addon. */
  function inProcess(script: string, env: NodeJS.ProcessEnv = {}): {stdout: string; stderr: string} {
    const given = ['-e', script, installedTensorflow()!.addon];
    return spawnSync(process.execPath, given, {encoding: 'utf8', env: {...process.env, ...env}});
  }

  test('gives back what only loading needs of the libraries, meanwhile and afterwards', () => {
    const {stdout} = inProcess(`
      const {readFileSync} = require('node:fs');
      const kilobytes = (name) => parseInt(readFileSync('/proc/self/status', 'utf8').split(name + ':')[1]);
      const before = kilobytes('VmRSS');
      require(process.argv[1]);
      console.log(JSON.stringify([kilobytes('VmHWM') - before, kilobytes('VmRSS') - before]));`);
    const [peak, left] = JSON.parse(stdout);
    // Without it: 294,000 and 294,000; the linker's tables alone are 125,000.
    expect(peak).toBeLessThan(230_000);
    expect(left).toBeLessThan(180_000);
  });

  test('gives back what has run since, when it is asked to', () => {
    const {stdout} = inProcess(`
      const {readFileSync} = require('node:fs');
      const kilobytes = () => parseInt(readFileSync('/proc/self/status', 'utf8').split('RssFile:')[1]);
      const binding = require(process.argv[1]);
      const ids = [0, 1].map(() => binding.createTensor([64, 64], 1, new Float32Array(4096)));
      binding.executeOp('MatMul', [{name: 'T', type: binding.TF_ATTR_TYPE, value: 1}], ids, 1);
      const before = kilobytes();
      for (const op of ['BeginReleasingPages', 'EndReleasingPages', 'EndReleasingPages']) binding.executeOp(op, [], [], 0);
      console.log(before - kilobytes());`);
    expect(Number(stdout)).toBeGreaterThan(5000);
  });

  test('stays loaded when the worker that has loaded it ends', () => {
    const {stdout, stderr} = inProcess(`
      const {Worker} = require('node:worker_threads');
      const code = 'const {workerData} = require("node:worker_threads"); require(workerData); console.log("loaded");';
      const load = () => new Promise((resolve) => {
        new Worker(code, {eval: true, workerData: process.argv[1]}).on('exit', resolve);
      });
      load().then(load);`);
    expect([stdout, stderr]).toEqual(['loaded\nloaded\n', '']);
  });

  test('tells what TF_CPP_MIN_LOG_LEVEL says', () => {
    const load = 'require(process.argv[1])';
    expect(inProcess(load, {TF_CPP_MIN_LOG_LEVEL: '2'}).stderr).toBe('');
    expect(inProcess(load, {TF_CPP_MIN_LOG_LEVEL: '0'}).stderr).toContain('This TensorFlow binary is optimized');
  });
});
