import {UserError} from '../../support/index.js';
import {placePrefix} from './place.js';

/** @returns an error that begins with the line of the user's code that `origin`, by default the call, comes from */
export function refusal(message: string, origin: Error = new Error()): UserError {
  return new UserError(`${placePrefix(origin)}${message}`);
}
