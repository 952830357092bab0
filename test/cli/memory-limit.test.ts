import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {type Finished, finished, temporaryFolder, tool, writeConfig} from '../helpers/cli.js';

/** Runs a step on wasm in a process that may have `kilobytes` of addresses. */
function runWithin(kilobytes: number, folder: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const words = `run --workload mnist --backend wasm --config ${writeConfig(folder)} --max-global-steps 1`;
  const command = `ulimit -v ${kilobytes}; exec ${process.execPath} ${tool} ${words}`;
  return finished(spawn('sh', ['-c', command], {cwd: folder, env: {...process.env, NO_COLOR: '1', ...env}}));
}

test.skipIf(process.platform !== 'linux')(
  'too few addresses for WebAssembly: the limit, and what would fit',
  async () => {
    const folder = temporaryFolder();
    const {code, stderr} = await runWithin(8_000_000, folder);
    expect(stderr).toMatch(/--backend wasm: .* limited to 8\.2 GB \(ulimit -v/);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'experiments'))).toBe(false);
    const advised = await runWithin(8_000_000, folder, {NODE_OPTIONS: '--disable-wasm-trap-handler'});
    expect(advised).toMatchObject({code: 0});
  },
);
