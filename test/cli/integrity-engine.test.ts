import {describe, expect, test} from 'vitest';
import {allRefused, attempt, inStep} from '../helpers/attempts.js';
import type {Change} from '../helpers/submission.js';

describe('an evaluation goes by the engine as it was opened', () => {
  const FAKE = '{...tf.getKernel(name, tf.getBackend()), kernelFunc: () => tf.engine().makeTensor([1], [], "float32")}';
  test.each([
    [
      'an operation',
      `const name = 'Sum'; const fake = ${FAKE}; tf.unregisterKernel(name, tf.getBackend()); tf.registerKernel(fake);`,
    ],
    ['a function of the engine', 'tf.engine().runKernel = () => tf.scalar(1);'],
    ['a function of what drives it', 'tf.backend().readSync = () => Float32Array.of(1e9);'],
    ['what reads a tensor', 'tf.Tensor.prototype.dataSync = () => Float32Array.of(1e9);'],
    ['a setting', "tf.env().set('PROD', !tf.env().get('PROD'));"],
    ['a function that is found by another', `Object.defineProperty(engine, 'runKernel', {get: () => original});`],
    ['a setting that is computed', "Object.defineProperty(tf.env().getFlags(), 'PROD', {get: () => false});"],
    ['a tape of what is computed', 'Object.assign(engine.state, {gradientDepth: 1, activeTape: []});'],
    ['a profile of what is computed', 'void tf.profile(() => new Promise(() => {}));'],
    ['a scope that is computed', `Object.defineProperty(engine.state, 'lastScope', {set: () => {}});`],
    [
      'a list of scopes with a method',
      "Object.defineProperty(engine.state.scopeStack, 'push', {value: Array.prototype.push});",
    ],
  ])('%s', async (_, code) => {
    const names = 'const engine = tf.engine() as any; const original = engine.runKernel;';
    const {code: exit, stdout, stderr} = await attempt(inStep(`${names} ${code}`));
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain('was replaced while the run was under way');
  });

  const SAVE = 'save: () => null';
  const evaluatedBy = (code: string): Change => [
    SAVE,
    `${SAVE}, evalParams: (_, params) => {
      const engine = tf.engine() as any;
      let tensor = params;
      while (!(tensor instanceof tf.Tensor)) [tensor] = Object.values(tensor);
      ${code}
      return params;
    }`,
  ];
  test.each([
    ['a field that is computed', "const {id} = tensor; Object.defineProperty(tensor, 'id', {get: () => id});"],
    ['a method of its shape', "Object.defineProperty(tensor.shape, 'slice', {value: () => tensor.shape});"],
    ['who keeps it', 'engine.state.tensorInfo.get(tensor.dataId).backend = Object.create(tf.backend());'],
    ['a function of the engine', 'engine.runKernel = engine.runKernel.bind(engine);'],
    ['a tape', 'Object.assign(engine.state, {gradientDepth: 1, activeTape: []});'],
  ])('nor may what gives the parameters to evaluate change the model or the engine: %s', async (_, code) => {
    const {code: exit, stdout, stderr} = await attempt(evaluatedBy(code));
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain('was replaced while the run was under way');
  });

  test('nor does it find any tensor of the evaluation, and what it makes is freed', async () => {
    const look = "if (engine.state.activeScope.track.length > 0) throw new Error('there are tensors'); tf.zeros([3]);";
    const {code, stderr} = await attempt(evaluatedBy(look));
    expect(code, stderr).toBe(0);
  });

  test('nor can what it looks things up in be given other methods', async () => {
    const own = (table: string): string => `Object.defineProperty(${table}, 'get', {value: () => undefined});`;
    const modules = "process.getBuiltinModule('module').createRequire(import.meta.url).cache";
    const attempts = {
      'what is asked of arrays': "Object.defineProperty(tf.env().platform, 'isTypedArray', {value: () => true});",
      'who is asked': '(tf.env() as any).platform = {};',
      'the kinds of arrays': "process.getBuiltinModule('util').types.isFloat32Array = () => false;",
      'the kernels': own("(globalThis as any)._tfGlobals.get('kernelRegistry')"),
      'the registries': own('(globalThis as any)._tfGlobals'),
      'the tensors of the engine': own('(tf.engine() as any).state.tensorInfo'),
      'another table of them': '(tf.engine() as any).state.tensorInfo = new WeakMap();',
      'the tensors of its backend': own('((tf.backend() as any).dataIdMap ?? (tf.backend() as any).tensorMap).data'),
      'what its modules give each other':
        `for (const [path, {exports}] of Object.entries(${modules}) as any) ` +
        "if (/backend-wasm|nodejs_kernel_backend/.test(path)) exports.version_wasm = exports.ensureTensorflowBackend = 'mine';",
    };
    await allRefused(attempts, (code) => [inStep(code)]);
  });

  test.each([
    ['an engine of its own', "tf.registerBackend('wasm', () => ({}));", "the engine 'wasm'"],
    ['what runs operations', 'tf.engine().runKernel = () => {};', "the engine's function 'runKernel'"],
  ])('%s, as the submission is loaded', async (_, code, words) => {
    const {code: exit, stdout, stderr} = await attempt(['type Nothing', `${code}\ntype Nothing`]);
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain(`./mine.ts: it replaces ${words}`);
  });
});
