/** What an exit code means. */
export const EXIT = {done: 0, fault: 1, userError: 2, interrupted: 130} as const;
