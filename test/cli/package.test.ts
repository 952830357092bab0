import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {root, temporaryFolder, writeConfig} from '../helpers/cli.js';

test('the package, installed globally, works in any folder with a config of its own', () => {
  const folder = temporaryFolder();
  const run = (command: string, words: string[]) =>
    execFileSync(command, words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  // The build is there already; packing must not rewrite it under the other tests.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: 'ignore',
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  run('npm', [
    'install',
    '--global',
    '--prefix',
    join(folder, 'prefix'),
    '--no-audit',
    '--no-fund',
    join(folder, tarball),
  ]);
  const tool = join(folder, 'prefix', 'bin', 'algoperf-ts');
  writeConfig(folder);
  const words = [
    'run',
    '--workload',
    'mnist',
    '--config',
    'small.yaml',
    '--backend',
    'wasm',
    '--max-global-steps',
    '3',
    '--json',
  ];
  const result = JSON.parse(run(tool, words));
  expect(result).toMatchObject({status: 'stopped', globalStep: 3});
  expect(existsSync(join(folder, result.path, 'plots', 'lr-schedule-0.png'))).toBe(true);
  const installed = join(folder, 'prefix', 'lib', 'node_modules', 'algoperf-ts');
  expect(readdirSync(installed).sort()).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'configs', 'dist', 'package.json']),
  );
  expect(existsSync(join(installed, 'test'))).toBe(false);
  const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)];
  expect(links.length).toBeGreaterThan(3);
  for (const [, target] of links) expect(existsSync(join(installed, target!)), target).toBe(true);
}, 400_000);
