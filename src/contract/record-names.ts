import {frozen} from '../support/index.js';

/** What the built-in submissions record, and the tool reads: a user's submission can't record anything under these names. */
export const recordNames = frozen({
  /** Without `.csv`. */
  tables: {resets: 'reinits', losses: 'validation_losses'},
  events: {
    earlyStop: 'early_stop',
    earlyStopIgnored: 'early_stop_ignored',
    reset: 'reset',
    zeroedModel: 'zeroed_model',
  },
} as const);
