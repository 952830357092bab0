import {exitCodeOf} from './exit.js';
import {listenForStop} from './stop.js';
import {type RunTask, tellSupervisor} from './supervisor-link.js';

/** The process of a run: see `superviseRun`. */
const {flags, hearsHangUp} = JSON.parse(process.argv[2]!) as RunTask;
// Before all that takes time to load: a signal may come at any moment.
const stop = listenForStop(hearsHangUp);
process.stderr.on('error', () => {});
try {
  const {runCommand} = await import('./run-action.js');
  end(await runCommand(flags, stop));
} catch (error) {
  end(exitCodeOf(error));
}

/** What a submission left running, such as a timer, does not keep the process alive. */
function end(exitCode: number): void {
  tellSupervisor({exitCode});
  process.exit(exitCode);
}
