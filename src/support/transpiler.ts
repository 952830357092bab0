/** The code of the error where what transpiles TypeScript can't be started; it goes from one thread to another. */
export const NO_TRANSPILER = 'ERR_NO_TRANSPILER';
