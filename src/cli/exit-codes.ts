/** What an exit code means; `trialFailed`: of several trials, not all came to their end. */
export const EXIT = {done: 0, fault: 1, userError: 2, trialFailed: 3, interrupted: 130} as const;
