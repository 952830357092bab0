import {UserError} from '../support/index.js';

/** A run was started with something else than what it is to continue with. */
export class ChangedRunError extends UserError {
  /** What differs, in words. */
  readonly difference: string;

  /** @param remedy - what a user of `run` can do; who continues runs by other means says it by theirs */
  constructor(difference: string, remedy: string) {
    super(`--resume: ${difference}${remedy}`);
    this.difference = difference;
  }
}
