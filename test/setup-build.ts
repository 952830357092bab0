import {execFileSync} from 'node:child_process';
import {join} from 'node:path';

/** The command-line tests run the built tool: build it once, before all tests. */
export function setup(): void {
  const root = join(import.meta.dirname, '..');
  execFileSync(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
}
