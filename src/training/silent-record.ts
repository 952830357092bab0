import type {TrialRecord} from './trial-types.js';

/** Records nothing. */
export const silentRecord: TrialRecord = Object.freeze({
  recorder: Object.freeze({schedule: () => 0, scalars: () => {}, event: () => {}, row: () => {}}),
  event: () => {},
  flush: async () => {},
  evaluation: async () => {},
  checkpoint: async () => {},
});
