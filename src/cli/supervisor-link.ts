import type {ChildProcess} from 'node:child_process';
import {readSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {MESSAGES, messageSender, takeTask} from '../link/index.js';
import type {Claim} from '../training/index.js';
import type {Requested} from './confirm.js';
import type {WorkerReport, WorkerRequest} from './sweep-link.js';

/** What the process of a run is given by its supervisor. */
export interface RunTask {
  /** Authenticates its messages: see {@link markOf}. */
  readonly key: string;
  /** Whether a hang-up asks it to stop. */
  readonly hearsHangUp: boolean;
  /** The trials that earlier processes of the same command have started, in the order in which they did. */
  readonly attempts: readonly TrialAttempt[];
}

/** A trial that a process has started. */
export interface TrialAttempt {
  readonly experiment: string;
  /** Undefined: of no study. */
  readonly study?: number | undefined;
  readonly trial: number;
  /** How its process ended, if that was not the trial's own end. */
  readonly failure?: string;
}

/** What the process of a run reports to its supervisor. */
export interface RunMessage {
  /** The user's own modules that the run is made of, as the user wrote them. */
  readonly modules?: readonly string[];
  /** Lines on stderr are to be of pino's JSON. */
  readonly isLogJson?: true;
  /** What the run is asked for: sent with its modules, before they are loaded. */
  readonly requested?: Requested;
  /** What the run has reached, to be confirmed: the answer comes by the lifeline. */
  readonly claim?: Claim;
  /** The run's folder is there. */
  readonly folder?: {readonly path: string; readonly experiment: string};
  /** A trial begins. */
  readonly trial?: TrialAttempt;
  /** The trial that began last has ended. */
  readonly isTrialOver?: boolean;
  /** The trials that are left should be run by a new process. */
  readonly isToBeRenewed?: boolean;
  /** The file of the run's result, with what the run has written there; null: nothing yet. */
  readonly result?: {readonly file: string; readonly text: string | null};
  /** The file of a result that another process writes: it has taken the run over. */
  readonly lostResult?: string;
  /** A signal was heard. The supervisor answers by one byte. */
  readonly isStopping?: boolean;
  /** Of a sweep's process. */
  readonly report?: WorkerReport;
  /** Text for stdout, which is the supervisor's alone. */
  readonly print?: string;
  /** The process is about to end, with this code. */
  readonly exitCode?: number;
}

/** A line that the supervisor writes after the task. */
export type SupervisorLine = {readonly doubts: readonly string[]} | {readonly request: WorkerRequest};

/** Reports to the supervisor. */
export type Tell = (message: RunMessage) => void;

/** The answers to `isStopping`: whether the user has been told already. */
const TOLD = Uint8Array.of(1);
const UNTOLD = Uint8Array.of(0);

/** The side of the run's process. */
export interface SupervisorLink extends Pick<RunTask, 'hearsHangUp' | 'attempts'> {
  readonly tell: Tell;
  /** Tells that a signal was heard. @returns whether the supervisor has told the user already, since this process was busy */
  tellStopping(): boolean;
}

/**
 * Call once, before any user code is loaded, and keep it from that code: code that has `tell` can send anything.
 * @throws Error without a supervisor
 */
export function openSupervisorLink(): SupervisorLink {
  const {key, hearsHangUp, attempts} = takeTask<RunTask>();
  const send: Tell = messageSender(key);
  return {
    hearsHangUp,
    attempts,
    tell: (message) => void unlessGone(() => send(message)),
    tellStopping: () =>
      unlessGone(() => {
        send({isStopping: true});
        const answer = UNTOLD.slice();
        readSync(MESSAGES, answer);
        return answer[0] === TOLD[0];
      }) ?? false,
  };
}

/** The supervisor may be gone, and this process about to be ended; or the descriptor was closed, which the supervisor explains. */
function unlessGone<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Answers `isStopping`, on the side of the supervisor. */
export function answerStopping({stdio}: Pick<ChildProcess, 'stdio'>, isTold: boolean): void {
  (stdio[MESSAGES] as Duplex).write(isTold ? TOLD : UNTOLD);
}
