import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkCode} from '../../src/verification/check-code.js';
import {readRecorded} from '../../src/verification/recorded-run.js';
import {cli, filesBelow, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const RUN =
  'run --workload mnist --config c.yaml --submission code/mine.ts --data-dir data --backend wasm --experiment-name a';

const SUBMISSION = `
import {RATE} from './steps.js';
import old from '../shared/old.cjs';
if (RATE + old < 0) throw new Error('never');
export const getBatchSize = () => 8;
export const dataSelection = ({inputQueue}: any) => inputQueue.next();
export const initOptimizerState = ({model}: any) => ({
  init: {}, entries: {step: (state: any) => ({state, outputs: {}})}, save: () => null, totalSteps: 6,
});
export const updateParams = ({program, batch, globalStep}: any) => {
  program.run('step', {batch});
  return {trainingComplete: globalStep === 5};
};
`;

test("a submission's own code is kept, and other code is refused on resuming unless that is wanted", async () => {
  const folder = temporaryFolder();
  for (const name of ['data', 'code', 'shared']) mkdirSync(join(folder, name));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'c.yaml'), 'evaluation: {every_steps: 2}\n');
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  put('code/mine.ts', SUBMISSION);
  put('code/steps.ts', 'export const RATE: number = 1;\n');
  put('code/not-imported.ts', '');
  put('shared/old.cjs', "module.exports = require('./deep.cjs');\n");
  put('shared/deep.cjs', 'module.exports = 1;\n');
  const run = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
  const ask = (...words: string[]) => cli(folder, [...RUN.split(' '), ...words]);
  const metaData = (n: number) => JSON.parse(readFileSync(join(run, `meta_data_${n}.json`), 'utf8'));

  const first = await ask('--max-global-steps', '2');
  expect(first.code, first.stderr).toBe(0);
  const kept = ['mine.ts', 'parent/shared/deep.cjs', 'parent/shared/old.cjs', 'steps.ts'];
  expect(filesBelow(join(run, 'source'))).toEqual(kept.map((name) => join('submission_0', name)));
  expect(readFileSync(join(run, 'source', 'submission_0', 'mine.ts'), 'utf8')).toBe(SUBMISSION);
  expect(Object.keys(metaData(0)['submission.sha256'])).toEqual(
    expect.arrayContaining(['mine.ts', 'steps.ts', '../shared/old.cjs', '../shared/deep.cjs']),
  );

  put('code/steps.ts', 'export const RATE: number = 2;\n');
  put('shared/old.cjs', 'module.exports = 1;\n');
  const refused = await ask('--resume');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('was made with other code:\n')]);
  for (const change of ['../shared/old.cjs: changed', 'steps.ts: changed', '../shared/deep.cjs: no longer there'])
    expect(refused.stderr).toContain(`\n  submission ${change}\n`);
  expect(refused.stderr).not.toContain('mine.ts');

  const changed = await ask('--resume', '--with-changed-submission', '--max-global-steps', '4');
  expect(changed.code, changed.stderr).toBe(0);
  expect(filesBelow(join(run, 'source'))).toContain(join('submission_1', 'steps.ts'));
  expect(readFileSync(join(run, 'events.jsonl'), 'utf8')).toMatch(
    /"global_step":2,"event":"changed_code".*steps.ts: changed/,
  );
  const because = '--with-changed-submission: the code changed on resuming';
  expect(metaData(1)).toMatchObject({official: false, not_official_because: expect.arrayContaining([because])});

  // Not changed again, the code is taken; that it was changed once stays.
  const last = await ask('--resume', '--json');
  expect(last.code, last.stderr).toBe(0);
  expect(JSON.parse(last.stdout)).toMatchObject({official: false, globalStep: 6});
  expect(metaData(2).not_official_because).toContain(because);
  expect(filesBelow(join(run, 'source')).filter((name) => name.startsWith('submission_2'))).toEqual([]);

  rmSync(join(folder, 'shared', 'deep.cjs'));
  const fresh = await ask('--with-changed-submission', '--overwrite');
  expect([fresh.code, fresh.stderr]).toEqual([2, expect.stringContaining('it needs --resume')]);
});

/** What makes a run of it, with code beside the submission. */
function folderWith(code: {readonly [name: string]: string}): string {
  const folder = temporaryFolder();
  for (const name of ['data', 'code']) mkdirSync(join(folder, name));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'c.yaml'), 'evaluation: {every_steps: 2}\n');
  for (const [name, text] of Object.entries(code)) writeFileSync(join(folder, 'code', name), text);
  return folder;
}

const runIn = (folder: string): string => join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
const PLAIN = SUBMISSION.replace(/^import.*\n/gm, '').replace(/^if.*\n/m, '');

test('what is required by createRequire, or imported in a step, is kept, too, and may not change on resuming', async () => {
  const folder = folderWith({
    'mine.ts': `import {createRequire} from 'node:module';
createRequire(import.meta.url)('./made.cjs');
${PLAIN.replace('program.run(', "if (globalStep === 3) import('./late.mjs');\n  program.run(")}`,
    'made.cjs': '',
    'late.mjs': '',
  });
  const source = (n: number) => filesBelow(join(runIn(folder), 'source', `submission_${n}`));
  const ask = (...words: string[]) => cli(folder, [...RUN.split(' '), ...words]);
  const first = await ask('--max-global-steps', '2');
  expect(first.code, first.stderr).toBe(0);
  expect(source(0)).toEqual(['made.cjs', 'mine.ts']);
  const second = await ask('--resume', '--max-global-steps', '4', '--json');
  expect(second.code, second.stderr).toBe(0);
  expect(second.stdout).not.toContain('changed');
  expect(source(1)).toEqual(['late.mjs', 'made.cjs', 'mine.ts']);
  expect(checkCode(readRecorded(runIn(folder))).map(({outcome}) => outcome)).toEqual(['passed']);

  writeFileSync(join(folder, 'code', 'late.mjs'), 'export const LATE = 2;\n');
  const refused = await ask('--resume');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('\n  submission late.mjs: changed\nIts own'),
  ]);
});

test('what was loaded is kept, though the code has put something else in its place', async () => {
  const swap = (path: string) =>
    `const fs = process.getBuiltinModule('node:fs'), path = ${path};
fs.writeFileSync(path, '');
`;
  const code = {
    'mine.mjs': `import './steps.cjs';\n${swap('new URL(import.meta.url)')}${PLAIN.replaceAll(': any', '')}`,
    'steps.cjs': swap('__filename'),
  };
  const folder = folderWith(code);
  const {code: exit, stderr} = await cli(folder, [...RUN.replace('mine.ts', 'mine.mjs').split(' ')]);
  expect(exit, stderr).toBe(0);
  for (const [name, text] of Object.entries(code)) {
    expect(readFileSync(join(folder, 'code', name), 'utf8'), name).toBe('');
    expect(readFileSync(join(runIn(folder), 'source', 'submission_0', name), 'utf8'), name).toBe(text);
  }
});

test('code that is loaded twice with two contents is refused', async () => {
  const folder = folderWith({
    'mine.mjs': `const fs = process.getBuiltinModule('node:fs'), steps = new URL('./steps.mjs', import.meta.url);
await import('./steps.mjs');
fs.writeFileSync(steps, '// other');
await import('./steps.mjs?again');
${PLAIN.replaceAll(': any', '')}`,
    'steps.mjs': '',
  });
  const {code, stderr} = await cli(folder, [...RUN.replace('mine.ts', 'mine.mjs').split(' ')]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/steps\.mjs: was loaded twice, and had changed in between/),
  ]);
});

test('trials of other code are refused, with what can be done about it, and continue with it where that is wanted', async () => {
  const folder = folderWith({'mine.ts': PLAIN});
  writeFileSync(join(folder, 'space.json'), '[{"learning_rate": 0.1}]');
  const ask = (...words: string[]) =>
    cli(folder, [...RUN.split(' '), '--tuning-search-space', 'space.json', '--num-tuning-trials', '1', ...words]);
  const first = await ask('--max-global-steps', '2');
  expect(first.code, first.stderr).toBe(0);
  writeFileSync(join(folder, 'code', 'mine.ts'), `${PLAIN}\n// changed\n`);
  const refused = await ask();
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(
      /^(?!.*--resume)[\s\S]*was made with other code:\n {2}submission mine\.ts: changed\n[\s\S]*another --experiment-name or by --overwrite, or continue with the changed code by --with-changed-submission, which/,
    ),
  ]);
  const changed = await ask('--with-changed-submission', '--json');
  expect(changed.code, changed.stderr).toBe(0);
  expect(JSON.parse(changed.stdout).trials).toMatchObject([{globalStep: 6, official: false}]);
});
