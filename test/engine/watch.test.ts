import {createRequire} from 'node:module';
import {afterEach, expect, test} from 'vitest';
import {tf, watchEngine, watchLibrary} from '../../src/engine/index.js';

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
