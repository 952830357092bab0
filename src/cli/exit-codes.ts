/** The exit codes; `trialFailed`: not all trials were completed. */
export const EXIT = {done: 0, fault: 1, userError: 2, trialFailed: 3, interrupted: 130} as const;
