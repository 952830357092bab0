import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

/** A program that trains one step again and again, in a process of its own. */
export interface Worker {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** A worker that is ready: its first step is done. */
export interface RunningWorker {
  readonly name: string;
  /** From the start of its process until it could take a step, in seconds. */
  readonly startSeconds: number;
  /** The first step, in seconds: whatever is compiled or packed once is in it. */
  readonly firstStepSeconds: number;
  /** Does `count` steps. */
  steps(count: number): Promise<TimedSteps>;
  /** The largest resident memory of the process so far, in bytes. */
  peakBytes(): number;
  end(): Promise<void>;
}

/** A worker's side of the conversation. */
export interface WorkerTask {
  /** The first step, or several: what has to be warmed up before timing. */
  first(): Promise<void> | void;
  steps(count: number): Promise<TimedSteps> | TimedSteps;
}

/** How long a number of steps took. */
export interface TimedSteps {
  readonly seconds: number;
  /** Of a whole loop: what as many steps took in the same process, without the loop. */
  readonly stepSeconds?: number;
}

/** What a worker says: a line when it is ready, one when its first step is done, one after each `steps <count>`. */
type Answer = Partial<TimedSteps> & {readonly peakBytes?: number};

/**
 * Starts a worker and waits until its first step is done.
 * @throws Error with the end of what it wrote to stderr, if it ends before that
 */
export async function start({name, command: [program, ...args]}: Worker): Promise<RunningWorker> {
  const began = performance.now();
  const child = spawn(program, args, {stdio: ['pipe', 'pipe', 'pipe']});
  const next = answersOf(child);
  await next();
  const ready = performance.now();
  await next();
  const first = performance.now();
  let peak = 0;
  return {
    name,
    startSeconds: (ready - began) / 1000,
    firstStepSeconds: (first - ready) / 1000,
    async steps(count) {
      child.stdin!.write(`steps ${count}\n`);
      const {peakBytes, ...timed} = await next();
      peak = peakBytes!;
      return timed as TimedSteps;
    },
    peakBytes: () => peak,
    async end() {
      child.stdin!.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

function answersOf(child: ChildProcess): () => Promise<Answer> {
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const lines = createInterface({input: child.stdout!})[Symbol.asyncIterator]();
  return async () => {
    const {value, done} = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(complaint.trim() || 'it ended without output');
    return JSON.parse(value) as Answer;
  };
}

/** The worker's side: says what {@link start} waits for until its stdin ends. */
export async function serveSteps(work: WorkerTask): Promise<void> {
  const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  say({ready: true});
  await work.first();
  say({first: true});
  for await (const line of createInterface({input: process.stdin})) {
    const timed = await work.steps(Number(line.split(' ')[1]));
    say({...timed, peakBytes: process.resourceUsage().maxRSS * 1024});
  }
}
