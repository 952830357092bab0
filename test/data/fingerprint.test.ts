import {expect, test} from 'vitest';
import type {Source} from '../../src/contract/index.js';
import {arraySource, dataFingerprint, type Examples} from '../../src/data/index.js';

const COUNT = 3000;
const examples = (change: (data: Uint8Array) => void = () => {}, labels = 0): Examples => {
  const data = new Uint8Array(COUNT * 400);
  change(data);
  return {
    inputs: {shape: [COUNT, 400], dtype: 'uint8', data, scaling: {scale: 1, offset: 0}},
    targets: {shape: [COUNT], dtype: 'int32', data: new Int32Array(COUNT).fill(labels, 1234, 1235)},
  };
};
const of = (train: Source, test?: Source) =>
  dataFingerprint({train, validation: arraySource(examples()), ...(test && {test}), source: 'here'});

test('one example, one label, another form and another split each give another fingerprint', async () => {
  const source = arraySource(examples());
  const flat = arraySource({...examples(), inputs: {...examples().inputs!, shape: [COUNT, 20, 20]}});
  const all = await Promise.all([
    of(source),
    of(arraySource(examples((data) => data.fill(1, 0, 1)))),
    of(arraySource(examples(undefined, 1))),
    of(flat),
    of(source, source),
  ]);
  expect(new Set(all).size).toBe(5);
  expect(all[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(await of(arraySource(examples()))).toBe(all[0]);
});

test('of a source without one, evenly spaced examples are looked at', async () => {
  const plain = (change?: (data: Uint8Array) => void): Source => {
    const {size, read} = arraySource(examples(change));
    return {size, read: async (rows) => read(rows)};
  };
  const before = await of(plain());
  expect(await of(plain())).toBe(before);
  expect(await of(plain((data) => data.fill(1, 0, 1)))).not.toBe(before);
});
