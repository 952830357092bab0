import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {afterAll} from 'vitest';
import {type Finished, noTensorflow, root, testBackend} from './cli.js';

/**
 * The tool's command line as `cli` has it, for what does not depend on the process: all calls of a file of tests are served by
 * one, which has loaded the tool before. To be made at the top of the file.
 */
export function warmTool(): (cwd: string, words: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Finished> {
  let server: ChildProcess | undefined;
  afterAll(() => void server?.kill());
  return async (cwd, words, env = {}) => {
    server ??= startServer();
    const listening = new AbortController();
    const {signal} = listening;
    const answer = once(server, 'message', {signal});
    const ended = once(server, 'exit', {signal}).then(([code]) => {
      server = undefined;
      throw new Error(`the warm tool has ended with ${code}`);
    });
    server.send({cwd, words, env});
    try {
      const [finished] = await Promise.race([answer, ended]);
      return finished as Finished;
    } finally {
      listening.abort();
    }
  };
}

function startServer(): ChildProcess {
  const cache = testBackend === 'tensorflow' ? {} : noTensorflow;
  const env = {...process.env, NO_COLOR: '1', ...cache};
  return fork(join(root, 'test', 'helpers', 'warm-tool.mjs'), {env, stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
}
