import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {nodeOptions, siblingModule} from '../support/index.js';
import type {PoolWorker, RunEnd} from '../sweep/index.js';
import {createConfirmer, type Requested} from './confirm.js';
import {createResultKeeper} from './keep-result.js';
import {type ProcessEnd, superviseProcess, writeLine} from './supervised-process.js';
import type {RunMessage} from './supervisor-link.js';
import type {WorkerReport, WorkerRequest, WorkerTask} from './sweep-link.js';

/** How a worker's process is started and heard. */
export interface WorkerOptions extends WorkerTask {
  readonly env: NodeJS.ProcessEnv;
  /** Called with warnings and progress of the run under way. */
  readonly hear: (report: WorkerReport) => void;
  /** Called with what the process itself prints. */
  readonly print: (text: string) => void;
}

/** A worker, and what ends it at once. */
export interface SweepWorker extends PoolWorker {
  kill(): void;
}

/** Milliseconds that a process has to end by itself when its work is over. */
const END_WITHIN = 2000;

/**
 * Starts a process that does runs. It ends when this one does, however that may be: its lifeline closes. What user code in it
 * sends is no more than a claim: how a run ended is read from its folder, where the results are those that the runs have written.
 */
export function startSweepWorker({means, modules, env, hear, print}: WorkerOptions): SweepWorker {
  const module = fileURLToPath(siblingModule('sweep-worker-process', import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions(), module, JSON.stringify({means, modules})], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env,
  });
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', print);
  // Of the run under way.
  let requested: Requested | undefined;
  const confirmer = createConfirmer(() => requested);
  const results = createResultKeeper((line) => hear({warning: line}), confirmer);
  let settle: (end: RunEnd) => void = () => {};
  const take = (message: RunMessage): void => {
    results.take(message);
    if (message.report?.end) settle(message.report.end);
    else if (message.report) hear(message.report);
  };
  const supervision = {take, confirmer};
  const ended = superviseProcess(child, {hearsHangUp: false, attempts: []}, supervision).then((end) => {
    results.keep();
    return end;
  });
  const send = (request: WorkerRequest): void => writeLine(child, {request});
  const failure = ({code, signal, isCutOff}: ProcessEnd): RunEnd => {
    if (isCutOff) return {failure: 'its process could not be heard any more: file descriptor 3 or 4 was closed'};
    return {failure: signal ? `its process was ended by ${signal}` : `its process ended with exit code ${code}`};
  };
  return {
    async run(order) {
      const end = new Promise<RunEnd>((resolve) => {
        settle = resolve;
      });
      if (modules.length > 0) requested = {workload: order.workload, dataDir: means.dataDir};
      send({order});
      return Promise.race([end, ended.then(failure)]);
    },
    stop: () => send({isToStop: true}),
    async end() {
      send({isOver: true});
      const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN);
      await ended;
      clearTimeout(timer);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
