import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createConfirmer} from '../../src/cli/confirm.js';
import {createResultKeeper} from '../../src/cli/keep-result.js';
import {readResult} from '../../src/runs/index.js';
import {cli, root, temporaryFolder, testBackend} from '../helpers/cli.js';

/** The submission that the docs have as an example: it evaluates an average of its parameters. */
const AVERAGED = /^import \{adamw, chain[\s\S]*?(?=^```$)/m.exec(
  readFileSync(join(root, 'docs', 'submissions.md'), 'utf8'),
)![0];

const LOSS = "return {loss: () => outputs.number('loss')";

/** Learns nothing, and puts zeros in the place of an evaluation's labels by a table that TensorFlow.js keeps for all of its parts. */
const CHEATING = `import {tf} from 'algoperf-ts';
export const getBatchSize = (workload) => workload.batchSize;
export const dataSelection = ({inputQueue}) => inputQueue.next();
const bias = () => tf.mul(tf.cast(tf.equal(tf.range(0, 10, 1, 'int32'), tf.scalar(0, 'int32')), 'float32'), 100);
export function initOptimizerState() {
  const own = tf.Tensor;
  let isInside = false;
  class Tensor {
    static [Symbol.hasInstance](value) {
      if (!isInside && value?.dtype === 'int32' && value.shape?.length === 1 && value.shape[0] > 1000 && !value.done) {
        isInside = true;
        if (/classifierSums/.test(new Error().stack)) {
          value.dataId = tf.keep(tf.zeros(value.shape, 'int32')).dataId;
          value.done = true;
        }
        isInside = false;
      }
      return value instanceof own;
    }
  }
  globalThis._tfGlobals.set('Tensor', Tensor);
  Error.stackTraceLimit = 60;
  const step = ({params: {dense0, dense1}, ...state}) =>
    ({state: {...state, params: {dense0, dense1: {kernel: dense1.kernel, bias: bias()}}}, outputs: {}});
  return {init: {}, entries: {step}, save: () => null};
}
export function updateParams({program}) {
  program.run('step', {});
  return {};
}
`;

test('what reached the target is evaluated again without the code of the submission: an honest run stays official', async () => {
  const folder = temporaryFolder();
  await cli(folder, ['workloads', 'new', 'mine']);
  // The workload's file is edited in the meantime: what counts is what was loaded.
  const editing = "process.getBuiltinModule('fs').appendFileSync('mine.ts', '\\n// Edited.\\n');";
  expect(AVERAGED).toContain(LOSS);
  writeFileSync(join(folder, 'averaged.ts'), AVERAGED.replace(LOSS, `if (globalStep === 0) ${editing}\n  ${LOSS}`));
  writeFileSync(join(folder, 'a.yaml'), 'hyperparameters: {learning_rate: 0.01}\n');
  const words = ['run', '--workload', './mine.ts', '--submission', './averaged.ts', '--config', 'a.yaml'];
  const {code, stdout, stderr} = await cli(folder, [
    ...[...words, '--backend', testBackend, '--rng-seed', '1'],
    ...['--experiment-name', 'a', '--json'],
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('evaluating what reached the target once more');
  expect(JSON.parse(stdout)).toMatchObject({official: true, timeToTarget: {seconds: expect.any(Number)}});
  // Nothing that is evaluated comes from the submission.
  writeFileSync(join(folder, 'experiments/a/mine_tfjs/trial_1/source/submission_0/averaged.ts'), 'process.exit(3);\n');
  const changed = await cli(folder, ['verify', 'a', '--json']);
  expect(changed.code).toBe(4);
  expect(outcomesOf(changed.stdout)).toEqual({
    ...{code: ['failed'], evaluations: ['passed'], schedule: []},
  });

  writeFileSync(
    join(folder, 's.yaml'),
    'method: grid\nconfig: a.yaml\nsubmissions: [./averaged.ts]\nworkloads: [./mine.ts]\n',
  );
  const sweep = await cli(folder, ['sweep', 's.yaml', '--backend', testBackend, '--jobs', '1', '--json']);
  expect(sweep.code, sweep.stderr).toBe(0);
  const [{path}] = JSON.parse(sweep.stdout).runs;
  expect(readResult(join(folder, path))).toMatchObject({official: true, status: 'target_reached'});
});

/** The outcomes of some checks, each once. */
function outcomesOf(verified: string): {[check: string]: string[]} {
  const [{findings}] = JSON.parse(verified) as {findings: {check: string; outcome: string}[]}[];
  const of = (check: string) => [
    ...new Set(findings.filter((each) => each.check === check).map(({outcome}) => outcome)),
  ];
  return Object.fromEntries(['code', 'evaluations', 'schedule'].map((check) => [check, of(check)]));
}

test('a run that has faked its evaluation is not official, and says what it comes to', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'cheating.ts'), CHEATING);
  writeFileSync(join(folder, 'a.yaml'), 'batch_size: 128\n');
  const words = ['run', '--workload', 'mnist', '--submission', './cheating.ts', '--config', 'a.yaml'];
  const {code, stdout, stderr} = await cli(
    folder,
    [...words, '--backend', testBackend, '--max-global-steps', '1', '--json', '--experiment-name', 'a'],
    {ALGOPERF_DATA_DIR: ''},
  );
  expect(code, stderr).toBe(0);
  const reason =
    /^step 1: validation\/accuracy is 1 in the table, and 0\.[01]\d* by its checkpoint \(and \d more differences\)$/;
  expect(JSON.parse(stdout)).toMatchObject({
    ...{status: 'target_reached', best: {value: 1}, official: false},
    notOfficialBecause: [expect.stringMatching(reason)],
  });
  expect(stderr).toContain('warning: the result is not official: step 1: validation/accuracy is 1');
});

const RESULT = {
  ...{official: true, workload: 'mnist', notOfficialBecause: []},
  ...{timeToTarget: {globalStep: 5, seconds: 1}, timeToTestTarget: null},
};

test('a process that says official without having asked is not believed', () => {
  const said: string[] = [];
  const file = join(temporaryFolder(), 'result.json');
  const keeper = createResultKeeper(
    (line) => said.push(line),
    createConfirmer(() => ({workload: 'mnist'})),
  );
  keeper.take({result: {file, text: JSON.stringify(RESULT)}});
  writeFileSync(file, JSON.stringify(RESULT));
  keeper.keep();
  const reason = 'what reached the target was not evaluated again without the code of the submission';
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({...RESULT, official: false, notOfficialBecause: [reason]});
  expect(said).toEqual([expect.stringContaining(reason), expect.stringContaining('it is as it was again')]);
});

test.each([
  ['there is no code of a user', undefined, RESULT, true],
  ['it is not official', {workload: 'mnist'}, {...RESULT, official: false}, true],
  ['it has no time', {workload: 'mnist'}, {...RESULT, timeToTarget: null}, true],
  [
    'it has a time on the test split alone',
    {workload: 'mnist'},
    {...RESULT, timeToTarget: null, timeToTestTarget: {globalStep: 5}},
    false,
  ],
])('a result needs no confirmation where %s', (_, asked, result, isAllowed) => {
  expect(createConfirmer(() => asked).allows('a/result.json', JSON.stringify(result))).toBe(isAllowed);
});

test('what can not be evaluated again does not count, and the reason is given', async () => {
  const confirmer = createConfirmer(() => ({workload: 'mnist'}));
  const doubts = await confirmer.confirm({
    ...{path: temporaryFolder(), steps: {validation: 5}},
    ...{evaluations: [], settings: {}, checkpoints: {}},
  });
  expect(doubts).toEqual([expect.stringContaining("can't be repeated: meta_data_0.json is missing")]);
  expect(confirmer.allows('a/result.json', JSON.stringify(RESULT))).toBe(false);
});
