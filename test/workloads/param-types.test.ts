import {expect, test} from 'vitest';
import {leavesOf, type ParameterType, zipTrees} from '../../src/contract/index.js';
import {loadWorkload, workloadNames} from '../../workloads/index.js';

/** How many parameters of each type AlgoPerf's model has. */
const counts: {readonly [workload: string]: {readonly [type in ParameterType]?: number}} = {
  cifar: {conv_weight: 20, batch_norm_scale: 20, batch_norm_bias: 20, weight: 1, bias: 1},
  mnist: {weight: 2, bias: 2},
};

test.each(workloadNames)('%s says of each parameter what it is for', async (name) => {
  const {paramTypes, initModel} = await loadWorkload(name);
  zipTrees(paramTypes, initModel([0, 1]).params, (type, {shape}, path) => {
    if (/kernel$/.test(path)) expect(type, path).toBe(shape.length === 4 ? 'conv_weight' : 'weight');
    if (/norm.*\/(scale|bias)$/i.test(path)) expect(type, path).toBe(`batch_norm_${path.match(/\w+$/)![0]}`);
  });
  const found: {[type: string]: number} = {};
  for (const {value} of leavesOf<ParameterType>(paramTypes)) found[value] = (found[value] ?? 0) + 1;
  expect(found).toEqual(counts[name]);
});
