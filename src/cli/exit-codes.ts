/** The exit codes; `trialFailed`: not all trials were completed; `notVerified`: not all runs passed their verification. */
export const EXIT = Object.freeze({
  done: 0,
  fault: 1,
  userError: 2,
  trialFailed: 3,
  notVerified: 4,
  interrupted: 130,
} as const);
