import type {ChildProcess} from 'node:child_process';
import {on} from 'node:events';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {describe, expect, test, vi} from 'vitest';
import {cli, finished, start, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {folderWithSubmission, runIn, startSubmission} from '../helpers/submission.js';

const RETURN = 'return {};';

/** The process in which a run trains, as its lock says. */
async function trainerOf(run: string): Promise<number> {
  const lock = join(run, 'LOCK');
  while (!existsSync(lock)) await setTimeout(20);
  return (JSON.parse(readFileSync(lock, 'utf8')) as {pid: number}).pid;
}

/** Whether a process is there, and does not just wait for its parent's notice. */
function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

/** Waits until a run has a checkpoint of its first step. */
async function firstCheckpoint(run: string): Promise<void> {
  while (!existsSync(join(run, 'checkpoints'))) await setTimeout(20);
}

/** Waits until a process has printed `text` on stderr. */
async function printed(child: ChildProcess, text: string): Promise<void> {
  let stderr = '';
  for await (const [chunk] of on(child.stderr!, 'data')) {
    stderr += chunk;
    if (stderr.includes(text)) return;
  }
}

async function listed(folder: string): Promise<object[]> {
  return JSON.parse((await cli(folder, ['runs', 'list', '--json'])).stdout);
}

/** A submission whose second step does something else. */
const inSecondStep = (code: string) => [RETURN, `if (++steps === 2) {${code}}\n  return {};`] as const;
const COUNTING = ["import {tf} from 'algoperf-ts';", "import {tf} from 'algoperf-ts';\nlet steps = 0;"] as const;

function folderWith(code: string): string {
  return folderWithSubmission(COUNTING, inSecondStep(code));
}

describe('whatever the code does', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGUSR1'] as const)('a second %s ends a step that never returns', async (name) => {
    const folder = folderWith("process.getBuiltinModule('fs').writeFileSync('begun', ''); for (;;);");
    const child = startSubmission(folder);
    const end = finished(child);
    while (!existsSync(join(folder, 'begun'))) await setTimeout(20);
    child.kill(name);
    // A signal that comes again within half a second is the same: where the process of the run is busy, it takes more until this
    // is said.
    await printed(child, 'stopping after this step');
    child.kill(name);
    const {code, stderr} = await end;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('stopping after this step');
    expect(stderr).toContain('stopped immediately');
    expect(await listed(folder)).toMatchObject([{status: 'interrupted', globalStep: 1}]);
  });

  test.each(['text', 'json'])('a step that takes long is told to stop once, in %s', async (format) => {
    const folder = folderWith(
      "process.getBuiltinModule('fs').writeFileSync('begun', ''); for (const end = Date.now() + 2500; Date.now() < end; );",
    );
    const child = startSubmission(folder, '--log-format', format);
    const end = finished(child);
    while (!existsSync(join(folder, 'begun'))) await setTimeout(20);
    child.kill('SIGTERM');
    const {code, stderr} = await end;
    if (format === 'json')
      for (const line of stderr.trim().split('\n')) expect(JSON.parse(line).msg).toBeTypeOf('string');
    expect([code, stderr.split('stopping after this step').length], stderr).toEqual([130, 2]);
    expect(stderr).toContain('interrupted after step 2');
  });

  test('a run ends with its supervisor', async () => {
    const folder = folderWith('for (;;);');
    const child = startSubmission(folder);
    const end = finished(child);
    await firstCheckpoint(runIn(folder));
    const trainer = await trainerOf(runIn(folder));
    expect(isThere(trainer)).toBe(true);
    child.kill('SIGKILL');
    await end;
    await vi.waitUntil(() => !isThere(trainer), {timeout: 60_000});
  });
});

describe('signals that ask to stop', () => {
  test.each(['SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const)(
    '%s leaves a checkpoint, and opens no debugger',
    async (name) => {
      const folder = folderWithSubmission([RETURN, RETURN]);
      const child = startSubmission(folder);
      const end = finished(child);
      await firstCheckpoint(runIn(folder));
      child.kill(name);
      const {code, stderr} = await end;
      expect(code, stderr).toBe(130);
      expect(stderr).toContain('--experiment-name a --resume');
      expect(stderr).not.toContain('Debugger');
      expect(readdirSync(join(runIn(folder), 'checkpoints'))).not.toEqual([]);
    },
  );

  test('SIGUSR1 does not open the debugger in the process of the run either', async () => {
    const folder = folderWith("while (!process.getBuiltinModule('fs').existsSync('go'));");
    const child = startSubmission(folder);
    const end = finished(child);
    await firstCheckpoint(runIn(folder));
    process.kill(await trainerOf(runIn(folder)), 'SIGUSR1');
    writeFileSync(join(folder, 'go'), '');
    const {code, stderr} = await end;
    expect(code).toBe(130);
    // What Node prints when it opens the port.
    expect(stderr).not.toContain('Debugger');
  });

  test('SIGUSR1 ends a command while its code is busy, and opens no debugger', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'busy.js'), "process.getBuiltinModule('fs').writeFileSync('begun', ''); for (;;);");
    const child = start(folder, ['plot', '--workload', 'mnist', '--submission', './busy.js']);
    const end = finished(child);
    while (!existsSync(join(folder, 'begun'))) await setTimeout(20);
    child.kill('SIGUSR1');
    expect((await end).stderr).not.toContain('Debugger');
    expect(child.signalCode).toBe('SIGUSR1');
  });

  test('one SIGTERM ends a run that is busy before it has a folder', async () => {
    const folder = temporaryFolder();
    const code = "process.getBuiltinModule('fs').writeFileSync('begun', ''); for (;;);";
    writeFileSync(join(folder, 'busy.js'), code);
    const child = start(folder, ['run', '--workload', 'mnist', '--submission', './busy.js']);
    const end = finished(child);
    while (!existsSync(join(folder, 'begun'))) await setTimeout(20);
    child.kill('SIGTERM');
    const {code: exitCode, stdout, stderr} = await end;
    expect([exitCode, stdout, stderr]).toEqual([130, '', 'stopped before the run began\n']);
    expect(existsSync(join(folder, 'experiments'))).toBe(false);
  });

  test('a hang-up does not end another command without a terminal either', async () => {
    const folder = temporaryFolder();
    const wait =
      "const fs = process.getBuiltinModule('fs'); fs.writeFileSync('begun', ''); while (!fs.existsSync('go'));";
    writeFileSync(join(folder, 'waiting.js'), `${wait} throw new Error('over');`);
    const child = start(folder, ['plot', '--workload', 'mnist', '--submission', './waiting.js']);
    const end = finished(child);
    while (!existsSync(join(folder, 'begun'))) await setTimeout(20);
    child.kill('SIGHUP');
    writeFileSync(join(folder, 'go'), '');
    const {code, stderr} = await end;
    expect([code, stderr]).toEqual([2, expect.stringContaining('over')]);
  });

  test('a hang-up does not end a run without a terminal', async () => {
    const folder = folderWithSubmission([RETURN, RETURN]);
    const child = startSubmission(folder, '--max-global-steps', '2000');
    const end = finished(child);
    await firstCheckpoint(runIn(folder));
    child.kill('SIGHUP');
    process.kill(await trainerOf(runIn(folder)), 'SIGHUP');
    const {code, stdout, stderr} = await end;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).globalStep).toBe(2000);
  });
});

describe('an unexpected end is explained', () => {
  test('a crash', async () => {
    const folder = folderWith("process.kill(process.pid, 'SIGSEGV'); for (;;);");
    const {code, stdout, stderr} = await finished(startSubmission(folder));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain("The run's process was ended by SIGSEGV: native code has crashed");
    expect(stderr).toContain('Or ./mine.ts did it');
    expect(stderr).toContain(
      `${join('experiments', 'a', 'mnist_tfjs', 'trial_1')}. To continue: algoperf-ts run --workload mnist --config`,
    );
    expect(await listed(folder)).toMatchObject([{status: 'interrupted', globalStep: 1}]);
  });

  test('an exit that nothing sees', async () => {
    const folder = folderWith("process.removeAllListeners('exit'); process.exit(0);");
    const {code, stdout, stderr} = await finished(startSubmission(folder));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('has ended with status 0 and handed over no result');
  });
});

/** Makes a process hear SIGWINCH before anything else is loaded. */
const HEARS = '--import=data:text/javascript,process.on(%22SIGWINCH%22,()=>{})';

test.skipIf(testBackend !== 'tensorflow')(
  "signals in the middle of TensorFlow's work do it no harm (skipped unless TEST_BACKEND is tensorflow)",
  async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder);
    const words = ['run', '--workload', 'mnist', '--config', config, '--backend', 'tensorflow', '--quiet', '--json'];
    const set = ['batch_size=128', 'schedule.budget_steps=8000', 'evaluation.every_steps=2000'];
    const name = ['--experiment-name', 'a'];
    const child = start(folder, [...words, ...name, ...set.flatMap((each) => ['--set', each])], {NODE_OPTIONS: HEARS});
    const end = finished(child);
    const trainer = await trainerOf(runIn(folder));
    for (let sent = 0; sent < 1200 && isThere(trainer); sent++) {
      process.kill(trainer, 'SIGWINCH');
      await setTimeout(1);
    }
    const {code, stdout, stderr} = await end;
    expect([code, child.signalCode], stderr).toEqual([0, null]);
    expect(JSON.parse(stdout).globalStep).toBe(8000);
  },
);
