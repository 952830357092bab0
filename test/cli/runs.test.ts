import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
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
    expect((await runs('list', '--where', 'batch_size > 9')).stdout).toBe('none of the 3 runs fulfils --where\n');
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
  const leastNeeded = ['id', 'best'];
  expect(fittedTable(table, undefined, leastNeeded)).toContain('0123456789');
  const fits = fittedTable(table, 49, leastNeeded);
  expect([widest(fits), fits]).toEqual([49, expect.stringContaining('0123456789')]);
  const less = fittedTable(table, 48, leastNeeded);
  expect([widest(less), less]).toEqual([37, expect.not.stringContaining('0123456789')]);
  expect(fittedTable(table, 22, leastNeeded)).toBe('#  experiment\n1  a-long…n-experiment\n2  b');
  expect(widest(fittedTable(table, 5, leastNeeded))).toBe(15);
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
