import {listenForStop} from './stop.js';
import {openSupervisorLink} from './supervisor-link.js';

/** The process of a run, with the words of its command line: see `superviseRun`. */
const link = openSupervisorLink();
const {attempts, tell} = link;
// Before anything that takes time to load: a signal may come at any moment.
const stop = listenForStop(link);
const words = Object.freeze(process.argv.slice(2));
process.stderr.on('error', () => {});
const {runProgram} = await import('./program.js');
const exitCode = await runProgram(process.argv, async (flags) => {
  const {runCommand} = await import('./run-action.js');
  return runCommand(flags, {stop, tell, attempts, words});
});
tell({exitCode});
// A timer or other work that a submission left running does not keep the process alive.
process.exit(exitCode);
