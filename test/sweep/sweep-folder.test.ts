import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {openSweepFolder, planSweep, readSweep} from '../../src/sweep/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {fakeClock, putStaleLock} from '../helpers/lock-clock.js';

test('a sweep whose machine is gone is taken over, and says so', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'sweep.yaml');
  writeFileSync(file, 'method: grid\nworkloads: [mnist]\n');
  const plan = await planSweep(readSweep(file));
  const means = {experimentDir: folder, backend: 'wasm', compile: true};
  putStaleLock(folder);
  const warnings: string[] = [];
  const held = await openSweepFolder(folder, {plan, means, warn: (text) => warnings.push(text), clock: fakeClock()});
  expect(warnings).toEqual([
    `${folder}: process 1 on elsewhere may be at work in this sweep; watching its lock for 10 s`,
    `${folder}: process 1 on elsewhere has not renewed its lock for too long; it is taken over`,
  ]);
  expect(existsSync(join(folder, 'sweep.json'))).toBe(true);
  held.release();
});
