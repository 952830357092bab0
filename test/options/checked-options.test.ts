import {expect, test} from 'vitest';
import {z} from 'zod';
import {checkedOptions, functionOption} from '../../src/options/index.js';

const schema = z.strictObject({
  rate: z.number().gt(0),
  steps: z.int().min(1).default(3),
  way: z.enum(['up', 'down']).optional(),
  names: z.array(z.string()).optional(),
  inner: z.strictObject({decay: z.number().min(0).lt(1), isFast: z.boolean().optional()}).optional(),
  after: functionOption<() => void>().optional(),
});

const given = {rate: 0.5, inner: {decay: 0}};

test('gives the options on, with defaults for those that are left out or undefined', () => {
  const after = (): void => {};
  expect(checkedOptions('make', schema, given)).toEqual({rate: 0.5, steps: 3, inner: {decay: 0}});
  expect(checkedOptions('make', schema, {...given, steps: undefined, after})).toMatchObject({steps: 3});
  expect(checkedOptions('make', schema, {...given, after}).after).toBe(after);
});

test.each<[unknown, string]>([
  [undefined, 'make: rate is missing; it must be a number above 0'],
  [null, 'make: the options must be an object with the keys rate, steps, way, names, inner, after, got null'],
  [{}, 'make: rate is missing; it must be a number above 0'],
  [{...given, rate: '1'}, 'make: rate must be a number above 0, got "1"'],
  [{...given, rate: Number.NaN}, 'make: rate must be a number above 0, got NaN'],
  [{...given, rate: Infinity}, 'make: rate must be a finite number above 0, got Infinity'],
  [
    {...given, steps: 2 ** 54},
    'make: steps must be an integer of at least 1, and at most 9007199254740991, got 18014398509481984',
  ],
  [{...given, steps: 1.5}, 'make: steps must be an integer of at least 1, got 1.5'],
  [{...given, way: 'left'}, 'make: way must be one of up, down, got "left"'],
  [{...given, after: 1}, 'make: after must be a function, got 1'],
  [{...given, names: 'a'}, 'make: names must be a list of strings, got "a"'],
  [{...given, names: ['a', 1]}, 'make: names[1] must be a string, got 1'],
  [{...given, stpes: 1}, 'make: there is no option `stpes`; did you mean `steps`?'],
  [{...given, q: 1}, 'make: there is no option `q`; there are: rate, steps, way, names, inner, after'],
  [{...given, inner: {}}, 'make: inner.decay is missing; it must be a number in [0, 1)'],
  [{...given, inner: 1}, 'make: inner must be an object with the keys decay, isFast, got 1'],
  [{...given, inner: {decay: 0, isFats: true}}, 'make: there is no option `inner.isFats`; did you mean `isFast`?'],
  [{...given, inner: {decay: 0, isFast: 0}}, 'make: inner.isFast must be true or false, got 0'],
])('of %o all is told', (options, message) => {
  expect(() => checkedOptions('make', schema, options as never)).toThrow(new RangeError(message));
});

test('says what is missing where nothing is required but the options themselves', () => {
  expect(() => checkedOptions('make', z.strictObject({way: z.string().optional()}), undefined as never)).toThrow(
    new RangeError('make: the options are missing; they must be an object with the keys way'),
  );
});

test('tells of all options at once', () => {
  const message =
    'make: steps must be an integer of at least 1, got 0\nmake: there is no option `raet`; did you mean `rate`?';
  expect(() => checkedOptions('make', schema, {rate: 1, steps: 0, raet: 1} as never)).toThrow(new RangeError(message));
});
