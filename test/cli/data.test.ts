import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {batchFile, writeSmallCifar} from '../helpers/cifar.js';
import {cli, finished, start, temporaryFolder} from '../helpers/cli.js';

test('data download without a network: exit code 2, and the file to put where', async () => {
  const folder = temporaryFolder();
  const {code, stdout, stderr} = await cli(folder, [
    ...['data', 'download', 'cifar', '--data-dir', 'there', '--url', 'http://127.0.0.1:9/cifar-10-binary.tar.gz'],
  ]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain("http://127.0.0.1:9/cifar-10-binary.tar.gz can't be reached");
  expect(stderr).toContain(`put it at ${join('there', 'cifar-10-binary.tar.gz')} and run the same command again`);
});

test('data download prints where existing data is', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'there', 'cifar-10-batches-bin');
  mkdirSync(data, {recursive: true});
  writeSmallCifar(data);
  const {code, stderr} = await cli(folder, ['data', 'download', 'cifar', '--url', 'http://127.0.0.1:9/'], {
    ALGOPERF_DATA_DIR: join(folder, 'there'),
  });
  // Three of the official five batches are no whole set.
  expect([code, stderr.includes('fetching')]).toEqual([2, true]);
  for (const number of [3, 4, 5]) writeFileSync(join(data, `data_batch_${number}.bin`), batchFile(20, number + 3));
  const {stdout} = await cli(folder, ['data', 'download', 'cifar', '--json'], {
    ALGOPERF_DATA_DIR: join(folder, 'there'),
  });
  expect(JSON.parse(stdout)).toEqual({workload: 'cifar', folder: data, wasThere: true});
});

test('data prepare that is asked to stop removes what it was writing', async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 400; i++) writeFileSync(join(folder, `${i}.txt`), `${i} apples and pears. `.repeat(5000));
  const child = start(folder, ['data', 'prepare', 'finewebedu_lm', '--text', '.', '--data-dir', 'tokens']);
  const end = finished(child);
  const isWriting = () => existsSync(join(folder, 'tokens')) && readdirSync(join(folder, 'tokens')).length === 3;
  while (!isWriting()) await setTimeout(20);
  child.kill('SIGTERM');
  const {code, stdout, stderr} = await end;
  expect([code, stdout]).toEqual([130, '']);
  expect(stderr).toContain('stopped; no data was made\n');
  expect(readdirSync(join(folder, 'tokens'))).toEqual([]);
});

test.each([
  [['mnist'], "mnist's data comes with this tool"],
  [['ogbg_silu'], "data download: this tool can't fetch the data of ogbg_silu.\nTwo forms are read"],
  [['wmt'], "data download: this tool can't fetch the data of wmt.\nThe data must lie as AlgoPerf's does:"],
  [['cifr'], "data download: there is no workload 'cifr'. Did you mean `cifar`?"],
  [['cifar', '--url', 'ftp://host/x'], '--url: must begin with http:// or https://'],
])('data download %j is refused', async (words, message) => {
  const {code, stderr} = await cli(temporaryFolder(), ['data', 'download', ...words]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
