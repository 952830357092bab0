import {execFileSync} from 'node:child_process';
import {join} from 'node:path';

/** The command-line tests run the built tool: build it once, before all tests, unless TEST_BUILD says that it is there. */
export function setup(): void {
  if (process.env.TEST_BUILD === 'there') return;
  const root = join(import.meta.dirname, '..');
  const node = (...words: string[]) => execFileSync(process.execPath, words, {cwd: root, stdio: 'inherit'});
  node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  node(join('dist', 'src', 'plots', 'build-vega.js'));
  node(join('dist', 'src', 'report', 'build-page.js'));
}
