import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {expect, test} from 'vitest';
import {COMPILED, scaleBytesIn} from '../../src/engine/wasm/scale-bytes.js';

const loadWabt = createRequire(import.meta.url)('wabt') as () => Promise<{
  parseWat(name: string, text: string, features: object): {toBinary(options: object): {buffer: Uint8Array}};
}>;

const {Memory} = (
  globalThis as unknown as {WebAssembly: {Memory: new (size: {initial: number}) => {readonly buffer: ArrayBuffer}}}
).WebAssembly;

test('what is kept compiled is what the text says', async () => {
  const {parseWat} = await loadWabt();
  const file = new URL('../../src/engine/wasm/scale-bytes.wat', import.meta.url);
  const {buffer} = parseWat('scale-bytes.wat', readFileSync(file, 'utf8'), {simd: true}).toBinary({});
  expect(Buffer.from(buffer).toString('base64')).toBe(COMPILED);
});

test.each([0, 1, 7, 8, 9, 16, 23, 256, 1000])(
  '%i bytes are scaled in their own memory, and nothing else is written',
  (count) => {
    const memory = new Memory({initial: 1});
    const scaleBytes = scaleBytesIn({wasm: {asm: {memory}}} as never);
    const start = 16;
    const all = new Uint8Array(memory.buffer).fill(99);
    const bytes = Uint8Array.from({length: count}, (_, i) => i * 7);
    all.set(bytes, start + 3 * count);
    scaleBytes(start + 3 * count, start, count, 1 / 77, -0.3);
    const [scale, offset] = [Math.fround(1 / 77), Math.fround(-0.3)];
    const expected = Float32Array.from(bytes, (byte) => Math.fround(byte * scale) + offset);
    expect(new Float32Array(memory.buffer, start, count)).toEqual(expected);
    const rest = [...all.subarray(0, start), ...all.subarray(start + 4 * count)];
    expect(rest.every((byte) => byte === 99)).toBe(true);
  },
);
