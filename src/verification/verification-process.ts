import {readMapping} from '../runs/index.js';
import {sealProcess} from '../submissions/index.js';
import {answer} from '../support/index.js';
import {evaluateRun} from './evaluate-run.js';
import {examineRun} from './examine.js';
import type {VerificationTask} from './verify-run.js';

/** The process that verifies or evaluates one run: its code is loaded in no other. */
await answer(async ({kind, path, options}: VerificationTask) => {
  const all = {...options, load: isOfUser(path) ? loadSealed : undefined};
  return kind === 'verify' ? examineRun(path, plain(all)) : evaluateRun(path, plain(all));
});

/** Without what is undefined. */
function plain<T extends object>(options: T): {[K in keyof T]: NonNullable<T[K]>} {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function isOfUser(path: string): boolean {
  const meta = readMapping(path, 'meta_data_0.json') ?? {};
  return Object.keys(meta).some((key) => key.endsWith('.sha256'));
}

/** Loads user code in a process that is sealed against it. */
async function loadSealed<T>(work: () => Promise<T>): Promise<T> {
  const requireOwnEngine = sealProcess();
  const loaded = await work();
  requireOwnEngine('the run');
  return loaded;
}
