import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {defaultColumns, leastNeeded} from '../../src/cli/run-columns.js';
import {fittedTable} from '../../src/cli/table.js';
import {takeLock} from '../../src/runs/index.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

const put = (experiment: string, config: object = {}) =>
  writeRun(join(folder, 'experiments'), {experiment, config, accuracies: [0.5, 0.99]});
const runs = async (...words: string[]) => warm(folder, ['runs', ...words]);

describe('runs list', () => {
  test('filters, sorts and prints CSV with numbers in full', async () => {
    for (const rate of [1, 2, 3]) put(`lr-${rate}`, {hyperparameters: {learning_rate: rate / 3}, batch_size: rate});
    const columns = ['--columns', 'experiment,batch_size,time_to_target,study'];
    const {stdout} = await runs('list', '--where', 'batch_size > 1', '--sort', '-batch_size', '--csv', ...columns);
    expect(stdout).toBe(
      'experiment,batch_size,time_to_target,study\nlr-3,3,1.6714285714285715,\nlr-2,2,1.6714285714285715,\n',
    );
    expect(JSON.parse((await runs('list', '--json', '--columns', 'index,batch_size')).stdout)).toEqual([
      {index: 1, batch_size: 1},
      {index: 2, batch_size: 2},
      {index: 3, batch_size: 3},
    ]);
    expect((await runs('list', '--where', 'batch_size > 9')).stdout).toBe('none of the 3 runs meets --where\n');
    expect(await runs('list', '--csv', '--json')).toMatchObject({code: 2});
    expect(await runs('list', '--where', 'batch_siz = 1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean `batch_size`?'),
    });
  });

  test('shows hostile names and values as text', async () => {
    const path = put('plain', {note: '=HYPERLINK("http://x")', title: '</script>\u001b[2J\n'});
    renameSync(join(path, '..', '..'), join(folder, 'experiments', '\u001b[31mred\u202e\nline'));
    const {stdout} = await runs('list', '--columns', 'experiment,note,title');
    expect(stdout.split('\n')[1]).toBe(
      '\\u001b[31mred\\u202e\\u000aline  =HYPERLINK("http://x")  </script>\\u001b[2J\\u000a',
    );
    expect((await runs('list', '--columns', 'note,title', '--csv')).stdout).toBe(
      'note,title\n"\'=HYPERLINK(""http://x"")",</script>\\u001b[2J\\u000a\n',
    );
    for (const words of [
      ['list'],
      ['list', '--json'],
      ['show', '1'],
      ['diff', '1', '1'],
      ['show', '\u001b[31m'],
      ['show', '\u001bx'],
    ]) {
      const printed = await runs(...words);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(printed.stdout + printed.stderr, words.join(' ')).not.toMatch(/[\u001b\u202e]/);
    }
  });
});

test('a narrow terminal shows less of the least needed, then shorter cells', () => {
  const table = {
    names: ['index', 'id', 'experiment', 'best'],
    headers: ['#', 'id', 'experiment', 'best'],
    rows: [
      ['1', '0123456789', 'a-long-name-of-an-experiment', '0.5'],
      ['2', '0123456789', 'b', '0.75'],
    ],
  };
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
  expect(fittedTable(table, undefined, ['id', 'best'])).toContain('0123456789');
  const fits = fittedTable(table, 49, ['id', 'best']);
  expect([widest(fits), fits]).toEqual([49, expect.stringContaining('0123456789')]);
  const less = fittedTable(table, 48, ['id', 'best']);
  expect([widest(less), less]).toEqual([37, expect.not.stringContaining('0123456789')]);
  expect(fittedTable(table, 22, ['id', 'best'])).toBe('#  experiment\n1  a-long…n-experiment\n2  b');
  expect(widest(fittedTable(table, 5, ['id', 'best']))).toBe(15);
});

test('on a terminal of 40 columns a list shows which run is how good', () => {
  const names = defaultColumns([]);
  const row = ['1', '9c557b1556', 'baseline', 'mnist', 'target_reached', '7813', '0.9750', '4750', '18.93', '45.60'];
  expect(fittedTable({names, headers: names, rows: [row]}, 40, leastNeeded).split('\n')).toEqual([
    'experiment  status            best',
    'baseline    target_reached  0.9750',
  ]);
});

describe('runs diff', () => {
  test('shows the keys in which runs differ', async () => {
    put('a', {hyperparameters: {learning_rate: 1, beta: 0.9}, schedule: {cycles: [1]}});
    put('b', {hyperparameters: {learning_rate: 2, beta: 0.9}, reset: {method: 'none'}});
    const {stdout} = await runs('diff', 'a', 'b');
    expect(stdout).toBe(
      [
        'key                            a    b',
        'hyperparameters.learning_rate  1    2',
        'schedule.cycles                [1]  -',
        'reset.method                   -    none',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await runs('diff', '2', '1', '--json')).stdout)).toContainEqual({
      key: 'schedule.cycles',
      a: null,
      b: [1],
    });
    expect((await runs('diff', 'a', '1')).stdout).toBe('a and a have the same config\n');
  });

  test('takes files, with the defaults of a workload where it is known', async () => {
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write('one.yaml', 'submission: adamw\nhyperparameters: {learning_rate: 0.1}\n');
    write('two.yaml', 'submission: adamw\n');
    expect((await runs('diff', 'one.yaml', 'two.yaml')).stdout).toBe(
      'key                            one.yaml  two.yaml\nhyperparameters.learning_rate       0.1         -\n',
    );
    const sample = join(root, 'configs/mnist/three-cycles.yaml');
    const filled = await runs('diff', sample, sample, '--workload', 'mnist');
    expect(filled).toMatchObject({code: 0, stdout: `${sample} and ${sample} have the same config\n`});
    put('a', {hyperparameters: {learning_rate: 1}});
    const against = JSON.parse((await runs('diff', 'a', sample, '--json')).stdout);
    expect(against).toContainEqual({key: 'hyperparameters.optimizer', a: null, b: 'adamw'});
    expect(against.map(({key}: {key: string}) => key)).toContain('checkpoints.keep');
    expect(await runs('diff', 'a', 'three.yaml')).toMatchObject({code: 2});
  });
});

describe('runs compare', () => {
  /** A run with one evaluation after the first, and what makes it reach the target or not. */
  function putSeeded(experiment: string, seed: number, {rate = 1, accuracy = 0.9}: {rate?: number; accuracy?: number}) {
    const config = {hyperparameters: {learning_rate: rate}};
    const path = writeRun(join(folder, 'experiments'), {
      experiment,
      config,
      accuracies: [0.5, accuracy],
      isOver: false,
    });
    const meta = join(path, 'meta_data_0.json');
    writeFileSync(meta, readFileSync(meta, 'utf8').replace('"rng_seed":5', `"rng_seed":${seed}`));
    return path;
  }

  test('puts runs side by side, in groups that differ by their seeds, and draws them', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      putSeeded(`a-${seed}`, seed, {accuracy: 0.98 + seed / 1000});
      putSeeded(`b-${seed}`, seed, {rate: 2, accuracy: 0.99 + seed / 900});
    }
    const events = ['reset', 'early_stop', 'reset'].map((event) => JSON.stringify({event, global_step: 3}));
    writeFileSync(join(folder, 'experiments/a-1/mnist_tfjs/trial_1/events.jsonl'), `${events.join('\n')}\n{"torn`);
    const {code, stdout, stderr} = await runs('compare', 'experiments');
    expect(code, stderr).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^group +# +experiment +seed +status +best +at step +to target \(s\) +submission \(s\) +resets +early/,
    );
    expect(lines[1]).toMatch(/^A +1 +a-1 +1 +interrupted +0.9810 +11 +1.67† +1.67 +2 +1$/);
    expect(lines[7]).toMatch(/^B +7 +b-1 +1 +interrupted +0.9911 +11 +1.67† +1.67 +0 +0$/);
    expect(stdout).toContain('\nhyperparameters.learning_rate  1  2\n');
    expect(stdout).toMatch(/\nA +6 +0.9835 \[0.98\d\d, 0.98\d\d\] +6 of 6 +1.67 \[1.67, 1.67\]†\n/);
    expect(stdout).toMatch(
      / {2}B, best: \+0.010\d \[\+0.010\d, \+0.010\d\], p = 0.0313: beyond chance \(6 common seeds\)/,
    );
    expect(stdout).toMatch(
      / {2}B, to target \(s\): [+-]0.00 .* p = 1: within chance \(6 common seeds\)\n† not official; .*\ncompare.png\n$/,
    );
    expect(existsSync(join(folder, 'compare.png'))).toBe(true);
    const json = JSON.parse((await runs('compare', '1', '2', '7', '--json')).stdout);
    expect(json.groups.map(({name, runs: of}: {name: string; runs: unknown[]}) => [name, of.length])).toEqual([
      ['A', 2],
      ['B', 1],
    ]);
    expect(json.differences.best).toMatchObject([{name: 'B', pairs: 1, isBeyondChance: false}]);
  });

  test('runs of no seeds in common, or that reach no target, have no test', async () => {
    for (const seed of [1, 2]) putSeeded(`a-${seed}`, seed, {});
    putSeeded('b', 2, {rate: 2});
    putSeeded('c', 3, {rate: 3});
    const {stdout} = await runs('compare', 'experiments', '--plot', 'curves.svg', '--by', 'time');
    expect(stdout).toContain(
      'B, best: +0.0000, p = 1: within chance, which fewer than 6 seeds can never leave (1 common seed)',
    );
    expect(stdout).toContain(
      'B, to target (s): not compared: not every run of the common seeds has a value (1 common seed)',
    );
    expect(stdout).toContain('C, best: not compared: they have no seed in common\n');
    expect(readFileSync(join(folder, 'curves.svg'), 'utf8')).toContain('Seconds on the Submission');
  });

  test('runs of several workloads are refused, and other endings of a picture', async () => {
    put('a');
    renameSync(join(folder, 'experiments/a/mnist_tfjs'), join(folder, 'experiments/a/cifar_tfjs'));
    put('b');
    expect(await runs('compare', 'a', 'b')).toMatchObject({
      code: 2,
      stderr: 'runs compare: the runs must be of one workload; these are of cifar, mnist\n',
    });
    expect(await runs('compare', 'b', '--plot', 'x.gif')).toMatchObject({
      code: 2,
      stderr: "--plot: must end in .png, .svg or .pdf, got 'x.gif'\n",
    });
  });
});

describe('runs delete', () => {
  test('needs --yes where there is no terminal', async () => {
    put('a');
    put('b');
    const refused = await runs('delete', 'a');
    expect(refused).toMatchObject({code: 2, stderr: expect.stringContaining('--yes deletes without a question')});
    expect((await runs('delete', 'a', '--yes')).stdout).toBe('deleted experiments/a/mnist_tfjs/trial_1\n');
    expect(JSON.parse((await runs('list', '--json')).stdout)).toMatchObject([{experiment: 'b'}]);
    expect(JSON.parse((await runs('delete', '1', '--yes', '--json')).stdout)).toEqual([
      'experiments/b/mnist_tfjs/trial_1',
    ]);
    expect(await runs('delete', '--yes')).toMatchObject({code: 2});
  });

  test('refuses all where one is running, or cannot be read', async () => {
    const path = put('a');
    put('b');
    const lock = await takeLock(path);
    expect(await runs('delete', 'b', 'a', '--yes')).toMatchObject({
      code: 2,
      stderr: 'experiments/a/mnist_tfjs/trial_1: it is running; stop it first\n',
    });
    lock.release();
    mkdirSync(join(folder, 'experiments', 'b'), {recursive: true});
    expect(JSON.parse((await runs('list', '--json')).stdout)).toHaveLength(2);
  });
});
