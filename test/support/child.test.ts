import {spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test, vi} from 'vitest';
import {nodeOptions, runInChild, siblingModule} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';

function module(text: string, name = 'child.mjs'): URL {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), text);
  return new URL(`file://${join(folder, name)}`);
}

test('the built module beside another', () => {
  expect(siblingModule('b', 'file:///x/dist/src/cli/a.js').href).toBe('file:///x/dist/src/cli/b.js');
  expect(siblingModule('b', 'file:///usr/src/x/src/cli/a.ts').href).toBe('file:///usr/src/x/dist/src/cli/b.js');
});

test('gives its answer, its failure, or its last words', async () => {
  // The task may be large, and what the module leaves running does not keep it.
  const answers = module(
    "setInterval(() => {}, 1000); process.once('message', ({task}) => process.send({result: task.x.length + 1}))",
  );
  expect(await runInChild(answers, {x: 'x'.repeat(1_000_000)})).toBe(1_000_001);
  await expect(runInChild(module('process.send({failure: "no"})'), {})).rejects.toThrow('no');
  await expect(runInChild(module('console.error("broken"); process.exit(3)'), {})).rejects.toThrow('status 3: broken');
  await expect(runInChild(module('process.kill(process.pid, "SIGKILL")'), {})).rejects.toThrow('SIGKILL');
});

test('gets the options that Node got, but a debugger, where they are of a file', async () => {
  const {execArgv} = process;
  const optionsBelow = (...given: string[]) => {
    process.execArgv = given;
    return nodeOptions();
  };
  try {
    expect(optionsBelow('--expose-gc', '--inspect=9300', '-C', 'extra')).toEqual(['--expose-gc', '-C', 'extra']);
    for (const option of ['-e', '-p', '--eval=1', '--test', '--watch-path=x', '-i', '-pe'])
      expect(optionsBelow('--expose-gc', option)).toEqual([]);
    process.execArgv = ['--title=as-asked'];
    expect(await runInChild(module('process.send({result: process.title})'), {})).toBe('as-asked');
  } finally {
    process.execArgv = execArgv;
  }
});

test.skipIf(process.platform !== 'linux')('ends when the one that started it is gone, whatever it does', async () => {
  const support = new URL('../../dist/src/support/index.js', import.meta.url).href;
  const noted = join(temporaryFolder(), 'pid');
  const busy = module(`import {writeFileSync} from 'node:fs';
    import {answer} from '${support}';
    await answer(async () => { writeFileSync('${noted}', String(process.pid)); for (;;); }, true);`);
  const starting = module(`import {runInChild} from '${support}';
    await runInChild(new URL('${busy.href}'), {});`);
  const parent = spawn(process.execPath, [fileURLToPath(starting)], {stdio: 'ignore'});
  await vi.waitUntil(() => existsSync(noted) && readFileSync(noted, 'utf8') !== '', {timeout: 30_000});
  const program = `/proc/${readFileSync(noted, 'utf8')}/exe`;
  expect(existsSync(program)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitUntil(() => !existsSync(program), {timeout: 30_000});
});
