import {spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test, vi} from 'vitest';
import {nodeOptions, runInChild, siblingModule, UserError} from '../../src/support/index.js';
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

const support = new URL('../../dist/src/support/index.js', import.meta.url).href;

/** Answers what the text gives of the `task`. */
const answering = (given: string, before = ''): URL =>
  module(`import {spawn} from 'node:child_process';
    import {answer, UserError} from '${support}';
    await answer(async (task) => { ${before}; return ${given}; }, {remedies: ['look there']});`);

test('gives its answer, its failure, or its last words', async () => {
  expect(await runInChild(answering('task.x.length + 1'), {x: 'ü'.repeat(1_000_000)})).toBe(1_000_001);
  await expect(runInChild(answering('no'), {})).rejects.toThrow('no is not defined');
  const refused = runInChild(answering("''", "throw new UserError('not so')"), {});
  await expect(refused).rejects.toBeInstanceOf(UserError);
  await expect(runInChild(module('console.error("broken"); process.exit(3)'), {})).rejects.toThrow('status 3: broken');
  await expect(runInChild(module('process.kill(process.pid, "SIGKILL")'), {})).rejects.toThrow('SIGKILL');
});

test('what user code leaves running, sends or throws is neither waited for nor taken for the answer', async () => {
  // Whoever waits for it exceeds the test's time.
  const helper = "spawn('sleep', ['150'], {stdio: ['ignore', 'inherit', 'inherit']})";
  expect(await runInChild(answering('1', `setInterval(() => {}, 1000); ${helper}`), {})).toBe(1);
  await expect(
    runInChild(module(`import {spawn} from 'node:child_process'; ${helper}.unref(); process.exit(3)`), {}),
  ).rejects.toThrow('status 3');
  expect(await runInChild(answering('[typeof process.send, process.connected ?? false]'), {})).toEqual([
    'undefined',
    false,
  ]);
  const writing =
    "const {writeSync} = process.getBuiltinModule('fs'); writeSync(4, 'ready\\n{\"result\":2}\\nno line')";
  expect(await runInChild(answering('1', writing), {})).toBe(1);
  const thrown = runInChild(
    answering('await new Promise(() => {})', "setTimeout(() => { throw new Error('late') })"),
    {},
  );
  await expect(thrown).rejects.toThrow(/code of the user's own threw: Error: late[\s\S]*; look there$/);
  for (const ending of ['process.exit(0)', 'await new Promise(() => {})']) {
    const ended = runInChild(answering('1', ending), {});
    await expect(ended).rejects.toThrow(/ended the process with code \d+, or gave a promise that never settles/);
    await expect(ended).rejects.toBeInstanceOf(UserError);
  }
});

test('gets the options that Node got, but a debugger, where they are of a file', async () => {
  const {argv, execArgv} = process;
  const optionsBelow = (...given: string[]) => {
    process.execArgv = given;
    return nodeOptions();
  };
  try {
    const options = ['--expose-gc', '--inspect=9300', '--inspect-port', '9331', '--debug-port=1', '-C', 'extra'];
    expect(optionsBelow(...options)).toEqual(['--expose-gc', '-C', 'extra']);
    for (const option of ['-e', '-p', '--eval=1', '--test', '--watch-path=x', '-i', '-pe'])
      expect(optionsBelow('--expose-gc', option)).toEqual([]);
    for (const stdin of [[], ['-']]) {
      process.argv = [argv[0]!, ...stdin];
      expect(optionsBelow('--input-type=module')).toEqual([]);
    }
    process.argv = argv;
    process.execArgv = ['--title=as-asked'];
    expect(await runInChild(answering('process.title'), {})).toBe('as-asked');
  } finally {
    Object.assign(process, {argv, execArgv});
  }
});

test.skipIf(process.platform !== 'linux')('ends when the one that started it is gone, whatever it does', async () => {
  const noted = join(temporaryFolder(), 'pid');
  const busy = module(`import {writeFileSync} from 'node:fs';
    import {answer} from '${support}';
    await answer(async () => { writeFileSync('${noted}', String(process.pid)); for (;;); }, {remedies: []});`);
  const starting = module(`import {runInChild} from '${support}';
    await runInChild(new URL('${busy.href}'), {});`);
  const parent = spawn(process.execPath, [fileURLToPath(starting)], {stdio: 'ignore'});
  await vi.waitUntil(() => existsSync(noted) && readFileSync(noted, 'utf8') !== '', {timeout: 30_000});
  const program = `/proc/${readFileSync(noted, 'utf8')}/exe`;
  expect(existsSync(program)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitUntil(() => !existsSync(program), {timeout: 30_000});
});
