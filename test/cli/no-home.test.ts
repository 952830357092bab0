import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {type Finished, finished, temporaryFolder, tool, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const STRANGER = 54_321;

/** `HOME=` for everybody; a user of no name, as containers have, only where the tests run as root. */
const homeless = [
  {name: 'an empty HOME', options: {env: {PATH: process.env.PATH, HOME: '', NO_COLOR: '1'}}},
  ...(process.getuid?.() === 0
    ? [
        {
          name: 'neither HOME nor an entry for the user',
          options: {env: {PATH: process.env.PATH, NO_COLOR: '1'}, uid: STRANGER, gid: STRANGER},
        },
      ]
    : []),
];

describe.each(homeless)('with $name', ({options}) => {
  const run = (cwd: string, words: readonly string[]): Promise<Finished> =>
    finished(spawn(process.execPath, [tool, ...words], {cwd, ...options}));
  const folderForAll = (): string => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o777);
    return folder;
  };

  test('run trains, on what comes with the tool', async () => {
    const folder = folderForAll();
    writeConfig(folder);
    mkdirSync(join(folder, 'data'));
    writeSmallMnist(join(folder, 'data'));
    const {code, stderr} = await run(folder, [
      ...['run', '--workload', 'mnist', '--config', 'small.yaml', '--data-dir', 'data', '--max-global-steps', '2'],
    ]);
    expect(code, stderr).toBe(0);
  });

  test.each([
    [['backend', 'install', 'tensorflow']],
    [['backend', 'remove', 'tensorflow']],
    [['data', 'download', 'cifar']],
  ])('%j says what to set', async (words) => {
    const {code, stderr} = await run(folderForAll(), words);
    expect(code, stderr).toBe(2);
    expect(stderr).toBe(
      'There is no home folder to keep a cache in: set XDG_CACHE_HOME to a folder of yours, by its absolute path.\n',
    );
  });

  test('what only looks into the cache continues without it', async () => {
    const folder = folderForAll();
    const list = await run(folder, ['backend', 'list']);
    expect([list.code, list.stdout]).toEqual([0, expect.stringContaining('* wasm')]);
    writeConfig(folder);
    const cifar = await run(folder, ['run', '--workload', 'cifar', '--config', 'small.yaml']);
    expect([cifar.code, cifar.stderr]).toEqual([
      2,
      expect.stringContaining('there is no CIFAR-10 data: no folder is named, and there is no home'),
    ]);
  });
});
