import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {attempt, inStep, unmoved} from '../helpers/attempts.js';
import {finished, root, start} from '../helpers/cli.js';
import {folderWithSubmission, RUN_SUBMISSION, runIn, startSubmission} from '../helpers/submission.js';

describe('what is changed in the run folder or the process while the run is under way', () => {
  const FILES = "const {appendFileSync, writeFileSync} = process.getBuiltinModule('fs');";
  const IN = "'experiments/a/mnist_tfjs/trial_1/";

  test('a table of evaluations makes the result not official, and says so', async () => {
    const row = "appendFileSync(file, readFileSync(file, 'utf8').trimEnd().split('\\n').at(-1) + '\\n');";
    const code = `if (!globalThis.done && existsSync(file)) { globalThis.done = true; ${row} }`;
    const {
      folder,
      code: exit,
      stdout,
      stderr,
    } = await attempt(
      inStep(
        `const file = ${IN}eval_measurements.csv'; const {appendFileSync, existsSync, readFileSync} = process.getBuiltinModule('fs'); ${code}`,
      ),
    );
    expect(exit, stderr).toBe(0);
    const because = 'eval_measurements.csv was changed while the run was under way';
    expect(JSON.parse(stdout)).toMatchObject({official: false, timeToTarget: null});
    expect(JSON.parse(stdout).notOfficialBecause).toContain(because);
    expect(stderr).toContain(`not official: ${because}`);
    expect(existsSync(join(runIn(folder), 'result.json'))).toBe(true);
  });

  test('a table of evaluations makes a run that is interrupted and continues not official, too', async () => {
    const change = [
      `const file = ${IN}eval_measurements.csv';`,
      "const {existsSync, readFileSync, writeFileSync} = process.getBuiltinModule('fs');",
      "if (existsSync(file) && !existsSync('done')) {",
      "  writeFileSync('done', '');",
      "  writeFileSync(file, readFileSync(file, 'utf8').replace(/(\\n[^,]*,[^,]*,)[^,]*/, '$10.1'));",
      "  process.kill(process.pid, 'SIGTERM');",
      '}',
    ];
    const folder = folderWithSubmission(inStep(change.join(' ')));
    const first = await finished(startSubmission(folder, '--max-global-steps', '500'));
    expect(first.code, first.stderr).toBe(130);
    const {code, stdout, stderr} = await finished(startSubmission(folder, '--resume', '--max-global-steps', '500'));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).notOfficialBecause).toContain(
      'eval_measurements.csv was changed while the run was under way',
    );
  });

  test('the folder of the process stays', async () => {
    const {code, stderr} = await attempt(inStep("process.chdir('/');"));
    expect([code, stderr]).toEqual([2, expect.stringContaining('a run stays in the folder that it was started in')]);
  });

  test('a result of its own is written over', async () => {
    await unmoved(
      inStep(
        `${FILES} writeFileSync(${IN}result.json', '{"official": true, "status": "target_reached"}'); void appendFileSync;`,
      ),
    );
  });

  test('a result that is changed on the way out is restored, and this is told', async () => {
    const late = [
      `${FILES} const file = ${IN}result.json';`,
      `process.on('exit', () => writeFileSync(file, '{"official": true, "status": "target_reached"}'));`,
    ];
    const {folder, code, stdout, stderr} = await attempt(inStep(`${late.join(' ')} void appendFileSync;`));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('result.json was changed after the run had ended, by its own process');
    const {wasComplete: _, ...printed} = JSON.parse(stdout);
    expect(JSON.parse(readFileSync(join(runIn(folder), 'result.json'), 'utf8'))).toEqual(printed);
  });

  test('its environment, exit code, signals and handlers change nothing', async () => {
    await unmoved(
      inStep(
        [
          'process.env.ALGOPERF_DATA_DIR = process.env.PATH = "/nowhere";',
          'process.exitCode = 7;',
          "process.on('exit', () => { process.exitCode = 9; });",
          "process.on('SIGTERM', () => {}); process.on('uncaughtException', () => {});",
          'setInterval(() => {}, 10);',
        ].join(' '),
      ),
    );
  });

  test('the environment that it changes while it is loaded is its own', async () => {
    const names = ['HOME', 'XDG_CACHE_HOME', 'ALGOPERF_DATA_DIR', 'PATH', 'TMPDIR', 'TF_NUM_INTRAOP_THREADS', 'TZ'];
    const code = `for (const name of ${JSON.stringify(names)}) process.env[name] = '/nowhere';`;
    const folder = folderWithSubmission(['type Nothing', `${code}\ntype Nothing`]);
    mkdirSync(join(folder, 'root'));
    renameSync(join(folder, 'data'), join(folder, 'root', 'mnist'));
    const words = RUN_SUBMISSION.filter((word) => !['--data-dir', 'data'].includes(word));
    const env = {ALGOPERF_DATA_DIR: join(folder, 'root')};
    const {code: exit, stdout, stderr} = await finished(start(folder, [...words, '--max-global-steps', '3'], env));
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({globalStep: 3});
  });

  test('no other part of the tool asks for a variable than the one that keeps them', () => {
    const src = join(root, 'src');
    const files = readdirSync(src, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.ts'));
    const asking = files.filter((file) => readFileSync(join(src, file), 'utf8').includes('process.env'));
    expect(asking).toEqual([join('support', 'environment.ts')]);
  });

  test('stdout holds the result alone, whatever else writes to it', async () => {
    const writes = [
      "process.stdout.write('JUNK');",
      "process.getBuiltinModule('fs').writeSync(1, 'JUNK');",
      "process.getBuiltinModule('child_process').execSync('echo JUNK', {stdio: 'inherit'});",
    ];
    const {code, stdout, stderr} = await attempt(inStep(writes.join(' ')));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({globalStep: 3});
    expect(stderr.match(/JUNK/g)).toHaveLength(9);
  });
});
