import {expect, test} from 'vitest';
import {frozen} from '../../src/support/index.js';

test('what lies in a frozen object is frozen, too, and a circle ends', () => {
  const target = {validation: 0.97};
  const workload: {target: typeof target; itself?: unknown} = {target};
  workload.itself = workload;
  frozen(Object.freeze(workload));
  expect(() => Object.assign(target, {validation: 0})).toThrow('read only');
});
