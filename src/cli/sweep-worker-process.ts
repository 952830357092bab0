import {onStopSignals} from './stop-signals.js';
import {openSupervisorLink} from './supervisor-link.js';
import type {WorkerReport, WorkerRequest, WorkerTask} from './sweep-link.js';

/** A process that does runs of a sweep, one after the other: see `startSweepWorker`. */
const {tell} = openSupervisorLink();
const stop = new AbortController();
// Before anything that takes time to load. A second signal ends the process as any other would.
onStopSignals(false, {stop: (name) => stop.abort(name), stopAtOnce: () => process.exit(1)});
// Where the sweep was killed, what can't be told to it any more is no failure of the run: the lifeline ends this process.
const ignored = (): void => {};
for (const stream of [process.stdout, process.stderr]) stream.on('error', ignored);
const report = (message: WorkerReport): void => tell({report: message});
const {means, modules} = JSON.parse(process.argv[2]!) as WorkerTask;
const orders: Extract<WorkerRequest, {order: unknown}>[] = [];
let wake = (): void => {};
let isOver = false;
function onRequest(request: WorkerRequest): void {
  if ('isToStop' in request) stop.abort('the sweep was asked to stop');
  else if ('isOver' in request) isOver = true;
  else orders.push(request);
  wake();
}
const {openSweepWork} = await import('./sweep-work.js');
const work = await openSweepWork({means, modules, report, tell, signal: stop, onRequest});
while (!isOver) {
  const request = orders.shift();
  if (request) report({end: await work.run(request.order)});
  else await nextRequest();
}
await work.close();
process.exit(0);

/** Between two runs, when nothing else keeps the process alive. */
async function nextRequest(): Promise<void> {
  work.lifeline!.ref();
  await new Promise<void>((resolve) => {
    wake = resolve;
  });
  work.lifeline!.unref();
}
