import {expect, test} from 'vitest';
import {stemOf} from '../../src/config/index.js';

test.each([
  ['configs/mnist/three-cycles.yaml', 'three-cycles'],
  ['a.b_c.YML', 'a.b_c'],
  ['学习率.yaml', '学习率'],
  ['שיעור למידה.yaml', 'שיעור-למידה'],
  // The same letter as one code point and as two.
  ['cafe\u0301.yaml', 'caf\u00e9'],
  ['हिन्दी.yaml', 'हिन्दी'],
  ['lr sweep (1).yaml', 'lr-sweep-1'],
  ['./-x.yaml', 'x'],
  ['.hidden.yaml', 'hidden'],
  ['-.-.yaml', 'run'],
  ['🎲.yaml', 'run'],
  ['~.yaml', 'run'],
  ['a\nb\\c.yaml', 'a-b-c'],
  ['-', 'stdin'],
])('runs of %j are named after %j', (file, stem) => expect(stemOf(file)).toBe(stem));

test('a long name is cut where it fits into 200 bytes, between characters', () => {
  expect(stemOf(`${'x'.repeat(250)}.yaml`)).toBe('x'.repeat(200));
  expect(stemOf(`${'学'.repeat(80)}.yaml`)).toBe('学'.repeat(66));
  expect(stemOf(`${'x'.repeat(199)}-学.yaml`)).toBe('x'.repeat(199));
});
