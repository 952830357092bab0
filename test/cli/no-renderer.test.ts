import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';

/** A folder, and an environment in which the package that draws has no native part. */
function withoutRenderer(): {folder: string; env: {NODE_OPTIONS: string}} {
  const folder = temporaryFolder();
  const hook = join(folder, 'no-canvas.cjs');
  writeFileSync(
    hook,
    "const Module = require('module'); const load = Module._load; Module._load = function (name, ...rest) { if (name === 'canvas') throw new Error('Cannot find native binding'); return load.call(this, name, ...rest); };",
  );
  return {folder, env: {NODE_OPTIONS: `--require=${hook}`}};
}

test.each([
  ['run', ['--backend', testBackend, '--experiment-name', 'a', '--max-global-steps', '1']],
  ['plot', []],
])('%s without what draws pictures says how to bring it, and begins nothing', async (command, more) => {
  const {folder, env} = withoutRenderer();
  const words = [command, '--workload', 'mnist', '--config', writeConfig(folder), ...more];
  const {code, stderr} = await cli(folder, words, env);
  expect(code, stderr).toBe(2);
  expect(stderr).toContain("pictures can't be drawn");
  expect(stderr).toContain('npm install --include=optional');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(folder, 'experiments'))).toBe(false);
});
