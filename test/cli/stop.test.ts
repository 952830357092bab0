import {expect, test} from 'vitest';
import {sayingUnconfirmed} from '../../src/cli/stop.js';
import {STOPPING, STOPPING_UNCONFIRMED} from '../../src/cli/stop-signals.js';

const CLAIM = {path: 'a', steps: {}, evaluations: [], settings: {}, checkpoints: {}};

test('a signal while a run is being confirmed is not answered as if it were training', async () => {
  const stop = {stopping: STOPPING};
  const said: string[] = [];
  const asked = sayingUnconfirmed(stop, async () => {
    said.push(stop.stopping);
    return ['it differs'];
  });
  expect(await asked(CLAIM)).toEqual(['it differs']);
  expect([...said, stop.stopping]).toEqual([STOPPING_UNCONFIRMED, STOPPING]);
  const failing = sayingUnconfirmed(stop, () => Promise.reject(new Error('gone')));
  await expect(failing(CLAIM)).rejects.toThrow('gone');
  expect(stop.stopping).toBe(STOPPING);
});
