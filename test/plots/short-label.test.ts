import {expect, test} from 'vitest';
import {labelLines, shortLabel} from '../../src/plots/short-label.js';

const LIST = '0, 0.001, -0.001, 0.0005, -0.0005';

test.each([
  ['reinit', 10, 'reinit'],
  ['linear, linear, linear', 10, '3 × linear'],
  ['linear, linear, linear', 7, '3 ×…ear'],
  [LIST, 33, LIST],
  [LIST, 26, '0, 0.001, …, -0.0005'],
  [LIST, 13, '0, …, -0.0005'],
  [LIST, 9, '0, 0…0005'],
  ['exponential_decay', 9, 'expo…ecay'],
  ['abc', 1, '…'],
])('%s in %i characters is %s', (text, most, label) => {
  expect(shortLabel(text, most)).toBe(label);
});

test.each([
  [LIST, 9, ['0, 0.001,', '…', '-0.0005']],
  [LIST, 18, ['0, 0.001, -0.001,', '0.0005, -0.0005']],
  ['linear, linear', 6, ['2 ×', 'linear']],
  ['0+0.002+-0.001', 8, ['0+0.002+', '-0.001']],
  ['two words', 20, ['two words']],
  ['exponential', 5, ['ex…al']],
])('%s in lines of %i characters is %j', (text, most, lines) => {
  expect(labelLines(text, most)).toEqual(lines);
});
