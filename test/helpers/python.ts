import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/**
 * A Python that has a module: the one that there is, or one made once for this machine from the Python package index; undefined
 * where neither can be had.
 * @param packages - as pip takes them, the module's own first: `tensorboard==2.21.0`
 */
export function pythonWith(module: string, packages: readonly [string, ...string[]]): string | undefined {
  const {PYTHON = 'python3'} = process.env;
  const made = join(tmpdir(), `algoperf-ts-test-${packages[0].replace('==', '-')}`);
  const python = join(made, 'bin', 'python');
  const has = (program: string) => succeeds(program, ['-c', `import ${module}`]);
  if (has(PYTHON)) return PYTHON;
  if (existsSync(python) && has(python)) return python;
  const isMade =
    succeeds(PYTHON, ['-m', 'venv', '--clear', made]) &&
    succeeds(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  return isMade && has(python) ? python : undefined;
}

function succeeds(program: string, words: readonly string[]): boolean {
  try {
    execFileSync(program, words, {stdio: 'ignore', timeout: 240_000});
    return true;
  } catch {
    return false;
  }
}
