import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {schedulePoints} from '../../src/plots/index.js';
import {appendSchedule} from '../../src/runs/index.js';
import {drawTraining} from '../../src/training/draw-training.js';
import {loadWorkload} from '../../workloads/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {drawing, panelsOf} from '../plots/drawings.js';

test('a run is drawn as far as it came, with how it ended', async () => {
  const path = temporaryFolder();
  mkdirSync(join(path, 'plots'));
  const flat = {learningRate: () => 0.25, totalSteps: 400, cycles: []};
  for (const [number, schedule] of [flat, drawing(2, 400)].entries())
    appendSchedule(path, number, schedulePoints(schedule));
  writeFileSync(join(path, 'measurements.csv'), 'global_step,loss\n1,2\n80,1\n');
  writeFileSync(join(path, 'eval_measurements.csv'), 'global_step,validation/accuracy\n1,0.1\n80,0.9\n');
  const ending = 'diverged after 80 steps (step 81: the loss is NaN)';
  await drawTraining(path, await loadWorkload('mnist'), {title: 'a', ending, globalStep: 80});
  const chart = JSON.parse(readFileSync(join(path, 'plots', 'training.vl.json'), 'utf8'));
  expect(chart.title).toMatchObject({text: 'mnist: a', subtitle: [ending, expect.stringContaining('not reached')]});
  // The latest schedule, not the first.
  const [, , rates] = panelsOf(chart);
  const {values} = rates.layer.at(-1).data;
  expect(values.length).toBe(81);
  expect(values.at(-1)).toMatchObject({step: 80, value: expect.closeTo(drawing(2, 400).learningRate(80), 12)});
  expect(panelsOf(chart).map(({encoding}) => encoding.x.scale.domain)).toEqual(Array(3).fill([0, 80]));
});
