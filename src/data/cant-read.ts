import {UserError} from '../support/index.js';

/** Codes of zlib's errors: what is packed is cut or damaged. */
const ZLIB = /^Z_/;

/** Why a data file can't be read, and what to do about it where that is known. What was thrown for the user stays as it is. */
export function cantRead(file: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const {code, message} = cause as NodeJS.ErrnoException;
  const advice = ZLIB.test(code ?? '') ? '; the file is cut or damaged, fetch or make it again' : '';
  return new UserError(`${file}: can't be read: ${message}${advice}`, {cause});
}
