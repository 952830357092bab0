import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {writeRecord} from '../../src/native/install/cache.js';
import {packageCommand} from '../../src/native/packages.js';
import {finished, root, temporaryFolder, writeConfig} from '../helpers/cli.js';

test('the command that brings a missing package is that of how the tool is installed', () => {
  const folder = temporaryFolder();
  const {version, optionalDependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const release = optionalDependencies['@tensorflow/tfjs-node-gpu'];
  const command = (...parts: string[]) => packageCommand(join(folder, ...parts));
  expect(command('checkout')).toBe(`npm install --prefix ${join(folder, 'checkout')} --ignore-scripts`);
  const globally = `npm install --global --prefix ${folder} --ignore-scripts ./algoperf-ts-${version}.tgz`;
  expect(command('lib', 'node_modules', 'algoperf-ts')).toBe(globally);
  // As on Windows.
  expect(command('node_modules', 'algoperf-ts')).toBe(globally);
  writeFileSync(join(folder, 'package.json'), '{}');
  expect(command('node_modules', 'algoperf-ts')).toBe(
    `npm install --prefix ${folder} --ignore-scripts @tensorflow/tfjs-node-gpu@${release}`,
  );
});

/** Puts what looks like TensorFlow's library into a cache. @returns its folder */
function fakeLibrary(cacheHome: string): string {
  const installation = join(cacheHome, 'algoperf-ts', 'tensorflow-2.21.0-cpu-napi8');
  mkdirSync(installation, {recursive: true});
  writeFileSync(join(installation, 'tfjs_binding.node'), 'addon');
  writeRecord(installation);
  return installation;
}

/** What npm has fetched before it does not ask for again. */
const offline = {
  ...process.env,
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
};

test('what is bundled has the licences of the packages in it', () => {
  for (const bundle of ['page/page.js', 'src/plots/vega.js']) {
    const text = readFileSync(join(root, 'dist', bundle), 'utf8');
    const notices = text.slice(text.lastIndexOf('/*!\nContains:\n')).trimEnd();
    expect(notices.split('\n').length).toBeLessThan(600);
    for (const name of ['vega-view', 'vega-lite', 'd3-scale', 'University of Washington', 'Mike Bostock'])
      expect(notices).toContain(name);
    expect(notices.indexOf('*/')).toBe(notices.length - 2);
  }
});

test('the package, installed globally, works in any folder with a config of its own', async () => {
  const folder = temporaryFolder();
  const run = (command: string, words: string[]) =>
    execFileSync(command, words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: offline});
  // The build exists; packing must not rewrite it under the other tests.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: 'ignore',
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  const installed = join(folder, 'prefix', 'lib', 'node_modules', 'algoperf-ts');
  // Over an installation in which packages are missing: what the messages below advise.
  mkdirSync(installed, {recursive: true});
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const remedy = `npm install --global --prefix ${join(folder, 'prefix')} --ignore-scripts ./${tarball}`;
  run('sh', ['-c', remedy]);
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
  expect(readdirSync(installed).sort()).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'configs', 'dist', 'package.json']),
  );
  expect(existsSync(join(installed, 'test'))).toBe(false);
  const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)];
  expect(links.length).toBeGreaterThan(3);
  for (const [, target] of links) expect(existsSync(join(installed, target!)), target).toBe(true);

  // As npm leaves it where the package's own install script fails.
  rmSync(join(installed, 'node_modules', '@tensorflow', 'tfjs-node-gpu'), {recursive: true});
  const cache = join(folder, 'cache');
  const ask = (...asked: string[]) =>
    finished(spawn(tool, asked, {cwd: folder, env: {...process.env, XDG_CACHE_HOME: cache}}));
  const missing = 'the npm package @tensorflow/tfjs-node-gpu, whose JavaScript drives it, is missing';
  const oneStep = [
    ...words.filter((word) => !['--backend', 'wasm', '--json'].includes(word)),
    '--max-global-steps',
    '1',
  ];
  expect((await ask('backend', 'list')).stdout).toContain(
    `tensorflow  not installed, and ${missing}; to get it: ${remedy} && algoperf-ts backend install tensorflow\n`,
  );
  const library = fakeLibrary(cache);
  const state = `not whole: the library is there (${library}), but ${missing}`;
  expect((await ask('backend', 'list')).stdout).toContain(`tensorflow  ${state}; to get it: ${remedy}\n`);
  const auto = await ask(...oneStep);
  expect([auto.code, auto.stderr]).toEqual([
    0,
    expect.stringContaining(`TensorFlow would be faster, but it is ${state}: ${remedy}`),
  ]);
  const asked = await ask(...oneStep, '--backend', 'tensorflow');
  expect([asked.code, asked.stderr]).toEqual([
    2,
    `--backend tensorflow: it is ${state}.\nInstall it with \`${remedy}\`, or use --backend wasm.\n`,
  ]);
  const install = await ask('backend', 'install', 'tensorflow');
  expect([install.code, install.stderr]).toEqual([
    2,
    `TensorFlow 2.21.0 (cpu) is already installed: ${library}. But ${missing}; to get it: ${remedy}\n`,
  ]);
  rmSync(library, {recursive: true});
  expect((await ask('backend', 'install', 'tensorflow')).stderr).toContain(`- ${missing}: ${remedy}\n`);
}, 400_000);
