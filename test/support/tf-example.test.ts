import {describe, expect, test} from 'vitest';
import {bytesFeature, bytesField, numbersFeature, parseTfExample, varint} from '../../src/support/index.js';

/** An entry of the map of features; `list` is 1 for byte strings, 2 for floats, 3 for integers. */
const feature = (name: string, list: 1 | 2 | 3, values: Buffer) =>
  bytesField(1, Buffer.concat([bytesField(1, name), bytesField(2, bytesField(list, values))]));
const example = (...features: Buffer[]) => bytesField(1, Buffer.concat(features));

const floats = Buffer.from(new Float32Array([0.5, -3]).buffer);
const integers = Buffer.concat([-1, 0, 300, 2 ** 40].map(varint));

describe('parseTfExample', () => {
  test('reads byte strings, and packed numbers', () => {
    const parsed = parseTfExample(
      example(
        feature('de', 1, bytesField(1, 'Straße')),
        feature('two', 1, Buffer.concat([bytesField(1, 'a'), bytesField(1, '')])),
        feature('floats', 2, bytesField(1, floats)),
        feature('integers', 3, bytesField(1, integers)),
        feature('empty', 3, Buffer.alloc(0)),
      ),
    );
    expect(Buffer.from(bytesFeature(parsed, 'de')).toString()).toBe('Straße');
    expect(parsed.two).toHaveLength(2);
    expect(numbersFeature(parsed, 'floats')).toEqual([0.5, -3]);
    expect(numbersFeature(parsed, 'integers')).toEqual([-1, 0, 300, 2 ** 40]);
    expect(numbersFeature(parsed, 'empty')).toEqual([]);
  });

  test('reads numbers that are not packed', () => {
    const one = (value: Buffer, type: number) => Buffer.concat([Buffer.from([8 | type]), value]);
    const parsed = parseTfExample(
      example(
        feature('floats', 2, Buffer.concat([one(floats.subarray(0, 4), 5), one(floats.subarray(4), 5)])),
        feature('integers', 3, Buffer.concat([one(varint(7), 0), one(varint(-2), 0)])),
      ),
    );
    expect(numbersFeature(parsed, 'floats')).toEqual([0.5, -3]);
    expect(numbersFeature(parsed, 'integers')).toEqual([7, -2]);
  });

  const whole = example(feature('de', 1, bytesField(1, 'a text of some length')));
  test.each<[string, Uint8Array]>([
    ['text', Buffer.from('{"this": "is JSON"}')],
    ['the first half of one', whole.subarray(0, whole.length / 2)],
    ['one with a byte more', Buffer.concat([whole, Buffer.from([0x0a])])],
    ['one whose text is said to be longer', Buffer.from(whole).fill(0x30, 9, 10)],
  ])('%s is none', (_, bytes) => {
    expect(() => parseTfExample(bytes)).toThrow('it is no tf.train.Example');
  });

  test('a feature that is missing or of another kind is named', () => {
    const parsed = parseTfExample(
      example(feature('de', 1, bytesField(1, 'x')), feature('n', 3, bytesField(1, integers))),
    );
    expect(() => bytesFeature(parsed, 'en')).toThrow("it has no feature 'en', only de, n");
    expect(() => bytesFeature(parsed, 'n')).toThrow("its feature 'n' must be one byte string");
    expect(() => numbersFeature(parsed, 'de')).toThrow("its feature 'de' must have numbers, found byte strings");
    expect(() => bytesFeature(parseTfExample(new Uint8Array()), 'de')).toThrow("it has no feature 'de', only none");
  });
});
