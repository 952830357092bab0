import {expect, test} from 'vitest';
import {noTime, startClock} from '../../src/training/clock.js';

test('each activity is on its own clock, one within another on its alone; an error ends it, too', async () => {
  let now = 5000;
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  const clock = startClock({submission: 1, evaluation: 2, logging: 3, total: 10}, () => now);
  expect(clock.read()).toEqual({submission: 1, evaluation: 2, logging: 3, total: 10});
  wait(500);
  const given = await clock.time('logging', async () => {
    wait(1000);
    clock.timeSync('submission', () => wait(250));
    await clock.time('submission', async () => wait(250));
    wait(2000);
    return 'async';
  });
  expect(given).toBe('async');
  expect(clock.read()).toEqual({submission: 1.5, evaluation: 2, logging: 6, total: 14});
  const fails = () => {
    wait(1000);
    throw new Error('no');
  };
  await expect(clock.time('evaluation', fails)).rejects.toThrow('no');
  expect(() => clock.timeSync('evaluation', fails)).toThrow('no');
  wait(4000);
  expect(clock.read()).toEqual({submission: 1.5, evaluation: 4, logging: 6, total: 20});
  expect(clock.now()).toBe(now);
  expect(clock.timeSync('logging', () => 'sync')).toBe('sync');
});

test('what is under way counts when it ends, but in the total', async () => {
  let now = 0;
  const clock = startClock(undefined, () => now);
  expect(clock.read()).toEqual(noTime);
  await clock.time('evaluation', () => {
    now += 3000;
    expect(clock.read()).toEqual({...noTime, total: 3});
  });
  expect(clock.read()).toEqual({...noTime, evaluation: 3, total: 3});
});
