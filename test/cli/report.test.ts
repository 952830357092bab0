import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {start, temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

function folderOfRuns(): string {
  const folder = temporaryFolder();
  for (const experiment of ['first', 'sweep/a', 'sweep/b'])
    writeRun(join(folder, 'experiments'), {experiment, accuracies: [0.5, 0.98]});
  return folder;
}

const namesIn = (file: string): string[] =>
  JSON.parse(readFileSync(file, 'utf8').match(/id="data">(.*?)<\/script>/)![1]!).runs.map(
    ({name}: {name: string}) => name,
  );

test.each([
  [[], ['first', 'sweep/a', 'sweep/b']],
  [['first'], ['first']],
  [['sweep'], ['sweep/a', 'sweep/b']],
  [
    ['first', 'sweep/b'],
    ['first', 'sweep/b'],
  ],
  [['experiments/sweep/b/mnist_tfjs/trial_1'], ['sweep/b']],
])('report %o', async (names, runs) => {
  const folder = folderOfRuns();
  const {code, stdout, stderr} = await warm(folder, ['report', ...names]);
  expect([code, stdout, stderr]).toEqual([0, 'report.html\n', '']);
  expect(namesIn(join(folder, 'report.html'))).toEqual(runs);
});

test.each([
  ['a folder of experiments', 'experiments', ['first', 'sweep/a', 'sweep/b']],
  ["an experiment's folder", 'experiments/first', ['first']],
  ["a run's folder", 'experiments/first/mnist_tfjs/trial_1', ['first']],
])('report of %s elsewhere', async (_, place, runs) => {
  const [folder, other] = [folderOfRuns(), temporaryFolder()];
  const {code, stderr} = await warm(other, ['report', join(folder, place), '--out', 'a.html']);
  expect([code, stderr]).toEqual([0, '']);
  expect(namesIn(join(other, 'a.html'))).toEqual(runs);
});

test('a run that is not there, no run at all, flags that exclude each other', async () => {
  const folder = folderOfRuns();
  const unknown = await warm(folder, ['report', 'frist']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean `first`?')]);
  const none = await warm(temporaryFolder(), ['report']);
  expect([none.code, none.stderr]).toEqual([2, 'there are no runs in experiments: there is no such folder\n']);
  const both = await warm(folder, ['report', '--watch', '--out', 'a.html']);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("option '--watch' cannot be used with")]);
  expect(existsSync(join(folder, 'a.html'))).toBe(false);
  const idle = await warm(folder, ['report', '--port', '8080']);
  expect([idle.code, idle.stderr]).toEqual([2, '--port: is of --watch, which is not given\n']);
  const large = await warm(folder, ['report', '--watch', '--port', '70000']);
  expect([large.code, large.stderr]).toEqual([2, expect.stringContaining('at most 65535')]);
  const picture = await warm(folder, ['report', '--out', 'a.pdf']);
  expect([picture.code, picture.stderr]).toEqual([2, "--out: a page is HTML and must end in .html, got 'a.pdf'\n"]);
  expect(existsSync(join(folder, 'a.pdf'))).toBe(false);
});

test('--watch prints its address and serves it until it is interrupted', async () => {
  const child = start(folderOfRuns(), ['report', 'first', '--watch']);
  const [address] = await once(child.stdout!, 'data');
  const response = await fetch(String(address).trim());
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('<title>first</title>')]);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
