import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {findCompiler} from '../../src/native/install/machine.js';

const ADDON = join(import.meta.dirname, '../../src/native/addon');
const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-threads-'));
afterAll(() => rmSync(folder, {recursive: true}));
const driver = join(folder, 'driver');

/** Whether the driver could be compiled: it needs a compiler and its library for the thread checker. */
function compileDriver(): boolean {
  const compiler = process.platform === 'linux' && process.arch === 'x64' ? findCompiler(process.env) : undefined;
  if (!compiler) return false;
  const [program, ...first] = compiler;
  const sources = [join(import.meta.dirname, 'threads/driver.cc'), join(ADDON, 'thread_pool.cc')];
  const options = ['-std=c++17', '-O1', '-g', '-fsanitize=thread', '-Wno-psabi', `-I${ADDON}`, '-o', driver];
  const probe = ['-fsanitize=thread', '-x', 'c++', '-', '-o', driver];
  if (spawnSync(program, [...first, ...probe], {input: 'int main() {}'}).status !== 0) return false;
  const {status, stderr} = spawnSync(program, [...first, ...options, ...sources], {encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
  return true;
}

const isCompiled = compileDriver();
const skipped = isCompiled ? '' : ' (skipped: no C++ compiler with a thread checker)';

describe.skipIf(!isCompiled)(`the addon's threads under the thread checker${skipped}`, () => {
  test.each([1, 2, 4])('%i of them, called from three at once', (threads) => {
    const env = {...process.env, ALGOPERF_TS_THREADS: `${threads}`, TSAN_OPTIONS: 'halt_on_error=1'};
    const {status, stdout, stderr} = spawnSync(driver, ['3', '8'], {env, encoding: 'utf8'});
    expect(stderr).toBe('');
    expect(stdout).toBe('3 callers, 8 rounds: 0 of 24 results differ\n');
    expect(status).toBe(0);
  });
});
