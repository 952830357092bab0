import {expect, test} from 'vitest';
import {markdown} from '../../bench/to-target.js';

test('steps and seconds to the target are a table by submission and engine', () => {
  const reached = new Map([
    ['adamw tensorflow', {globalStep: 1200, seconds: 3.2149}],
    ['adamw wasm', {globalStep: 1300, seconds: 41.26}],
    ['lion tensorflow', {globalStep: 900, seconds: 2}],
    ['lion wasm', undefined],
  ]);
  expect(markdown(['adamw', 'lion'], ['tensorflow', 'wasm'], reached)).toBe(
    [
      '| submission | tensorflow: steps | seconds | wasm: steps | seconds |',
      '| --- | --: | --: | --: | --: |',
      '| `adamw` | 1200 | 3.21 | 1300 | 41.3 |',
      '| `lion` | 900 | 2.00 | - | - |',
    ].join('\n'),
  );
});
