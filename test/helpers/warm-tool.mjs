// The tool's command line in a process that has loaded it before: what `run` does is what its process does, but nothing is watched
// over or sealed, so that it can be done again and again. Asked and answered by messages.
import {runProgram} from '../../dist/src/cli/program.js';
import {loadRun, readRunConfig, silentWatcher, startRun} from '../../dist/src/training/index.js';

// Each command that loads a submission leaves some.
process.setMaxListeners(0);

// Each command puts another in its place.
const {console} = globalThis;

async function train(flags) {
  const loaded = await loadRun(flags, readRunConfig(flags));
  const info = (message) => process.stderr.write(`${message}\n`);
  const watcher = {...silentWatcher, info, warn: info};
  const run = startRun({...flags, ...loaded, flags, watcher, signal: new AbortController().signal});
  // Not awaited as it is: a stack would then have a line of this file, as of a user's.
  const {result} = await new Promise((resolve, reject) => {
    run.then((outcome) => resolve(outcome)).catch((error) => reject(error));
  });
  process.stdout.write(JSON.stringify(result));
  return 0;
}

function capture(stream) {
  let text = '';
  const write = stream.write;
  stream.write = (chunk, ...rest) => {
    text += chunk;
    rest.findLast((each) => typeof each === 'function')?.();
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}

process.on('message', async ({cwd, words, env}) => {
  process.chdir(cwd);
  const before = {...process.env};
  Object.assign(process.env, env);
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  process.exitCode = undefined;
  const code = await runProgram(['node', 'algoperf-ts', ...words], train);
  process.exitCode = undefined;
  process.env = before;
  globalThis.console = console;
  process.send({code, stdout: stdout(), stderr: stderr()});
});
process.on('disconnect', () => process.exit());
