import {createRequire} from 'node:module';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf, watchEngine, watchLibrary} from '../../src/engine/index.js';

const require = createRequire(import.meta.url);
const core = require.cache[require.resolve('@tensorflow/tfjs-core')]!;
const {exports} = core;
const kernel = {kernelName: 'Sum', backendName: 'wasm', kernelFunc: () => []};

let undo = (): void => {};
afterEach(() => undo());

test('an engine that is as it was is no change', () => {
  expect(watchLibrary()()).toBeUndefined();
});

test.each<[string, () => void, () => void, string]>([
  [
    'an engine',
    () => void tf.registerBackend('wasm', () => ({}) as never),
    () => tf.removeBackend('wasm'),
    "the engine 'wasm'",
  ],
  [
    'an operation for one that is not open',
    () => tf.registerKernel(kernel),
    () => tf.unregisterKernel('Sum', 'wasm'),
    "the engine 'wasm'",
  ],
  [
    'what runs operations',
    () => Object.assign(tf.engine(), {runKernel: () => {}}),
    () => Reflect.deleteProperty(tf.engine(), 'runKernel'),
    "the engine's function 'runKernel'",
  ],
  [
    'a setting that had no value yet',
    () => tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false),
    () => Reflect.deleteProperty(tf.env().getFlags(), 'CHECK_COMPUTATION_FOR_ERRORS'),
    "the engine's setting 'CHECK_COMPUTATION_FOR_ERRORS'",
  ],
  [
    'what gives the settings',
    () => Object.assign(tf.env(), {getBool: () => true}),
    () => Reflect.deleteProperty(tf.env(), 'getBool'),
    "the engine's function 'getBool'",
  ],
  [
    'a module',
    () => {
      core.exports = {...exports};
    },
    () => {
      core.exports = exports;
    },
    `the engine's module ${core.id}`,
  ],
])('%s is a change', (_, change, back, words) => {
  const changed = watchLibrary();
  undo = back;
  change();
  expect(changed()).toBe(words);
});

test('an engine is watched without asking for the settings of a browser', () => {
  const asked: string[] = [];
  const registry = (tf.env() as unknown as {flagRegistry: {[name: string]: unknown}}).flagRegistry;
  registry.WEBGL_OF_THIS_TEST = {evaluationFn: () => asked.push('WEBGL_OF_THIS_TEST')};
  undo = () => Reflect.deleteProperty(registry, 'WEBGL_OF_THIS_TEST');
  tf.registerBackend('quiet', () => ({dispose: () => {}, floatPrecision: () => 32}) as never);
  tf.setBackend('quiet');
  const changed = watchEngine();
  expect([asked, changed()]).toEqual([[], undefined]);
  tf.env().set('USE_SETTIMEOUTCUSTOM', !tf.env().get('USE_SETTIMEOUTCUSTOM'));
  expect(changed()).toBe("the engine's setting 'USE_SETTIMEOUTCUSTOM'");
});

describe('of an open engine', () => {
  beforeAll(() => openEngine('wasm'));

  interface Parts {
    dataIdMap: object;
    wasm: {HEAPU8: Uint8Array; tfjs: object};
  }
  const backend = (): Parts => tf.backend() as unknown as Parts;
  const engine = tf.engine() as unknown as {backendInstance: object; registry: {wasm: object}; state: object};

  /** Puts a value in the place of a part. @returns what takes it back */
  function put(holder: object, name: string, value: unknown): () => void {
    const own = Object.getOwnPropertyDescriptor(holder, name);
    Object.defineProperty(holder, name, own?.writable ? {value} : {value, configurable: true, writable: true});
    return () => {
      if (own) Object.defineProperty(holder, name, own);
      else Reflect.deleteProperty(holder, name);
    };
  }

  test('memory that grows is no change', () => {
    const changed = watchEngine();
    const before = backend().wasm.HEAPU8.length;
    const tensors = [tf.zeros([1 << 22]), tf.zeros([1 << 23])];
    expect(backend().wasm.HEAPU8.length).toBeGreaterThan(before);
    expect(changed()).toBeUndefined();
    tf.dispose(tensors);
  });

  test.each<[string, () => () => void, string]>([
    ['where tensors are looked up', () => put(backend().dataIdMap, 'get', () => {}), "the engine's function 'get'"],
    [
      'what frees memory',
      () => put(backend().wasm.tfjs, 'disposeData', () => {}),
      "the engine's function 'disposeData'",
    ],
    ['a driver around its own', () => put(engine, 'backendInstance', new Proxy(backend(), {})), 'a part of the engine'],
    ['a driver by name', () => put(engine.registry, 'wasm', new Proxy(backend(), {})), 'a part of the engine'],
    ['a function of its memory', () => put(backend().wasm.HEAPU8, 'slice', () => {}), "the engine's memory"],
    [
      'around its memory',
      () => put(backend().wasm, 'HEAPU8', new Proxy(backend().wasm.HEAPU8, {})),
      "the engine's memory",
    ],
    ['other memory', () => put(backend().wasm, 'HEAPU8', new Uint8Array(9)), "the engine's memory"],
    ['what allocates memory', () => put(backend().wasm, '_malloc', () => 0), "the engine's memory"],
    ['what it exports', () => put(backend().wasm, 'asm', {}), "the engine's memory"],
  ])('%s is a change', (_, change, words) => {
    const changed = watchEngine();
    undo = change();
    expect(changed()).toBe(words);
    undo();
    expect(changed()).toBeUndefined();
  });

  test('a table of tensors keeps its place and its methods', () => {
    watchEngine();
    expect(() => put(engine.state, 'tensorInfo', new Map())).toThrow('Cannot redefine property: tensorInfo');
    const {tensorInfo} = engine.state as {readonly tensorInfo: object};
    expect(() => put(tensorInfo, 'get', () => {})).toThrow('object is not extensible');
  });
});
