import {writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {tf} from '../../src/engine/index.js';
import {startWasm} from '../../src/engine/wasm/start.js';
import {temporaryFolder} from '../helpers/cli.js';

tf.registerBackend('wasm', () => {
  throw new Error('it does not start');
});

test('a wasm that does not start is reported by what its package lacks', async () => {
  const folder = temporaryFolder();
  await expect(startWasm(folder)).rejects.toThrow(
    /--backend wasm: a file of .*tfjs-backend-wasm is missing .*\nTo bring it: npm/,
  );
  writeFileSync(join(folder, 'tfjs-backend-wasm-simd.wasm'), 'cut');
  await expect(startWasm(folder)).rejects.toThrow(/is damaged .*\nTo bring it: npm install/);
});

test('where the package is whole, memory is what it lacks', async () => {
  const whole = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  await expect(startWasm(whole)).rejects.toThrow('WebAssembly reserves about 10 GB of addresses');
});
