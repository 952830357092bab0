import {setTimeout} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {finished, start, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';

/** Makes a process hear SIGUSR2 before anything else is loaded. */
const HEARS = '--import=data:text/javascript,process.on(%22SIGUSR2%22,()=>{})';

test.skipIf(testBackend !== 'tensorflow')(
  "signals in the middle of TensorFlow's work do it no harm (skipped unless TEST_BACKEND is tensorflow)",
  async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder);
    const words = ['run', '--workload', 'mnist', '--config', config, '--backend', 'tensorflow', '--quiet', '--json'];
    const set = ['batch_size=128', 'schedule.budget_steps=8000', 'evaluation.every_steps=2000'];
    const child = start(folder, [...words, ...set.flatMap((each) => ['--set', each])], {NODE_OPTIONS: HEARS});
    const end = finished(child);
    // Neither before the handler is there nor when the process ends: then the signal ends it.
    await setTimeout(500);
    for (let sent = 0; sent < 1200; sent++) {
      child.kill('SIGUSR2');
      await setTimeout(1);
    }
    const {code, stdout, stderr} = await end;
    expect([code, child.signalCode], stderr).toEqual([0, null]);
    expect(JSON.parse(stdout).globalStep).toBe(8000);
  },
);
