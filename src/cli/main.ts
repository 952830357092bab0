import {quietOnClosedPipe} from './closed-pipe.js';
import {runProgram} from './program.js';
import {superviseRun} from './supervise.js';

/**
 * The command line. Results go to stdout, everything else to stderr.
 * @param argv - as `process.argv`
 * @returns the exit code: 0 done, 2 a user error, 130 interrupted, 1 a bug in the tool
 */
export async function main(argv: readonly string[]): Promise<number> {
  quietOnClosedPipe();
  return runProgram(argv, () => superviseRun(argv.slice(2)), seal);
}

async function seal(): Promise<void> {
  const {sealProcess} = await import('../submissions/index.js');
  sealProcess();
}
