import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {cli, SMALL, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'lib'));
});

/** A module of which both lists of the config name parts, and a file that it imports. */
const HALF = 'export const half: number = 0.5;\n';
const MINE = `import {half} from './lib/half.js';

interface Options {
  readonly peak: number;
  readonly warmupSteps: number;
  readonly cycleSteps: number;
}

export const warmup = ({peak, warmupSteps}: Options) => (step: number) => peak * half * ((step + 1) / warmupSteps);
export const decay = ({peak, cycleSteps, warmupSteps}: Options) => (step: number) =>
  step % 2 === 0 ? peak : peak * half * (1 - step / (cycleSteps - warmupSteps));
`;

/** Two cycles of 20 steps with a warm-up of 2: a built-in decay, then the user's own warm-up and decay. */
const CONFIG = SMALL.replace('45', '40')
  .replace('[linear, cosine]', '[linear, ./mine.ts]')
  .replace('[cosine, linear]', '[cosine, ./mine.ts]');

function write(mine = MINE, config = CONFIG): void {
  writeConfig(folder, config);
  writeFileSync(join(folder, 'mine.ts'), mine);
  writeFileSync(join(folder, 'lib', 'half.ts'), HALF);
}

const PLOT = ['plot', '--workload', 'mnist', '--config', 'small.yaml'];

async function refusal(): Promise<string> {
  const {code, stdout, stderr} = await warm(folder, [...PLOT, '--out', 's.svg']);
  expect([code, stdout], stderr).toEqual([2, '']);
  return stderr;
}

describe("a warm-up and a decay of the user's own", () => {
  test('are called as the built-in ones are, each with steps of its own', async () => {
    write();
    const {stdout, stderr} = await warm(folder, [...PLOT, '--values']);
    const rates = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[1]));
    expect(rates, stderr).toHaveLength(40);
    const peak = 0.002 + 0.001;
    const second = [0.5 * (1 / 2), 0.5 * (2 / 2), 1, 0.5 * (1 - 1 / 18), 1, 0.5 * (1 - 3 / 18)];
    for (const [i, share] of second.entries()) expect(rates[20 + i]).toBeCloseTo(peak * share, 12);
    expect(rates[39]).toBeCloseTo(peak * 0.5 * (1 - 17 / 18), 12);
    expect(rates[2]).toBe(0.002);
  });

  test('are drawn step by step, under the name of their file', async () => {
    write();
    expect((await cli(folder, [...PLOT, '--out', 's.svg'])).code).toBe(0);
    expect(readFileSync(join(folder, 's.svg'), 'utf8')).toContain('mine + mine');
  });

  test('are kept with the run, and resuming with others is refused', async () => {
    write();
    writeSmallMnist(join(folder, 'lib'));
    const run = ['run', '--workload', 'mnist', '--config', 'small.yaml', '--data-dir', 'lib', '--backend', 'wasm'];
    const words = [...run, '--quiet', '--experiment-name', 'a'];
    const first = await cli(folder, [...words, '--max-global-steps', '25']);
    expect(first.code, first.stderr).toBe(0);
    const kept = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1', 'source', 'schedules_0');
    expect(readdirSync(kept)).toEqual(['lib', 'mine.ts']);
    expect(readFileSync(join(kept, 'lib', 'half.ts'), 'utf8')).toBe(HALF);
    writeFileSync(join(folder, 'lib', 'half.ts'), HALF.replace('0.5', '0.25'));
    const changed = await cli(folder, [...words, '--resume']);
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('schedules lib/half.ts: changed')]);
    writeFileSync(join(folder, 'lib', 'half.ts'), HALF);
    const same = await cli(folder, [...words, '--resume']);
    expect(same.code, same.stderr).toBe(0);
  });
});

describe('what is wrong with one is reported before anything is made', () => {
  test.each([
    [
      'a file that is not there',
      MINE,
      CONFIG.replace('cosine, ./mine.ts', 'cosine, ./none.ts'),
      /^small\.yaml:12:32: schedule\.decay_schedule_fns\[1\]: there is no file '\.\/none\.ts'/,
    ],
    [
      'a name that is no path',
      MINE,
      CONFIG.replace('cosine, ./mine.ts', 'cosin, ./mine.ts'),
      /must be one of cosine, exponential, linear, constant, polynomial, .*, or the path of a \.ts or \.js file, found "cosin" \(did you mean `cosine`\?\)/,
    ],
    [
      'another export',
      MINE.replace('const decay', 'const decai'),
      CONFIG,
      /^\.\/mine\.ts: must export a function 'decay'; it exports 'decai'/,
    ],
    [
      'an export that is no function',
      'export const warmup = 1, decay = 2;',
      CONFIG,
      /^\.\/mine\.ts: must export a function 'warmup', found 1/,
    ],
    [
      'a maker that gives a number',
      MINE.replace(/export const decay.*[\s\S]*/, 'export const decay = () => 1;'),
      CONFIG,
      /^small\.yaml:12:32: schedule\.decay_schedule_fns\[1\]: cycle 2, step 22: \.\/mine\.ts: decay\(\{"peak":0\.003,"cycleSteps":20,"warmupSteps":2\}\) must give a function of the step, found 1/,
    ],
    [
      'an error in it',
      MINE.replace(/export const decay.*[\s\S]*/, 'export const decay = () => () => {\n  throw new Error("no");\n};'),
      CONFIG,
      /cycle 2, step 22: \.\/mine\.ts: decay\(.*\) at its step 0 failed: Error: no\n.*mine\.ts:11:\d+/,
    ],
    [
      'no number at the end of a cycle',
      MINE.replace('step % 2 === 0 ? peak :', 'step === 17 ? NaN :'),
      CONFIG,
      /cycle 2, step 39: \.\/mine\.ts: decay\(.*\) must give a finite number of at least 0, found NaN at its step 17/,
    ],
    [
      'a negative number within',
      MINE.replace('step % 2 === 0 ? peak :', 'step === 9 ? -1 :'),
      CONFIG,
      /cycle 2, step 31: \.\/mine\.ts: decay\(.*\) must give a finite number of at least 0, found -1 at its step 9/,
    ],
    [
      'no number in a warm-up',
      MINE.replace('(step + 1) / warmupSteps', '1 / step'),
      CONFIG,
      /schedule\.warmup_schedule_fns\[1\]: cycle 2, step 20: \.\/mine\.ts: warmup\(.*\) must give .* found Infinity at its step 0/,
    ],
    [
      'a change of what it is given',
      MINE.replace('=> (step: number) => peak * half', '=> (step: number) => peak * half').replace(
        '({peak, warmupSteps}: Options) =>',
        '(options: any) => { options.peak = 1; return (step: number) => 1 }; const other = ({peak, warmupSteps}: Options) =>',
      ),
      CONFIG,
      /cycle 2, step 20: \.\/mine\.ts: warmup\(.*\) failed: TypeError: Cannot assign to read only property 'peak'/,
    ],
  ])('%s', async (_, mine, config, message) => {
    write(mine, config);
    expect(await refusal()).toMatch(message);
    expect(readdirSync(folder)).not.toContain('experiments');
  });

  test.each([
    ['NaN', 'found NaN'],
    ['1 / 0', 'found Infinity'],
    ['-0.001', 'found -0.001'],
    ["'0.1'", 'found "0.1"'],
    ['undefined', 'found undefined'],
  ])('%s at any step, in both lists at once: by run, config check and plot', async (value, found) => {
    write(`export const decay = () => (step: number) => (step === 7 ? ${value} : 1);
export const warmup = () => (step: number) => (step === 1 ? ${value} : 1);\n`);
    mkdirSync(join(folder, 'data'));
    writeSmallMnist(join(folder, 'data'));
    const data = ['--data-dir', 'data', '--backend', 'wasm'];
    const run = ['run', '--workload', 'mnist', '--config', 'small.yaml', ...data];
    const commands = [
      ...(value === 'NaN' ? [run] : []),
      ['config', 'check', 'small.yaml', '--workload', 'mnist'],
      [...PLOT, '--out', 's.svg'],
    ];
    for (const words of commands) {
      const {code, stdout, stderr} = await (words[0] === 'run' ? cli : warm)(folder, words);
      expect([code, stdout], stderr).toEqual([2, '']);
      const lines = stderr.split('\n').filter((line) => line.includes('cycle'));
      expect(lines).toEqual([
        expect.stringMatching(
          /^small\.yaml:11:\d+: schedule\.warmup_schedule_fns\[1\]: cycle 2, step 21: \.\/mine\.ts: warmup/,
        ),
        expect.stringMatching(
          /^small\.yaml:12:32: schedule\.decay_schedule_fns\[1\]: cycle 2, step 29: \.\/mine\.ts: decay/,
        ),
      ]);
      for (const line of lines) expect(line).toContain(found);
    }
    expect(readdirSync(folder)).not.toContain('experiments');
  });
});
