import {UserError} from '../support/index.js';

/** A run was started with something else than what it is to continue with. */
export class ChangedRunError extends UserError {
  /** What differs, in words. */
  readonly difference: string;

  /** Whether it is the user's own code, with which a run can be continued if that is said. */
  readonly isOfCode: boolean;

  /**
   * @param flag - the flag of `run` that it is about
   * @param remedy - what a user of `run` can do; who continues runs by other means says it by theirs
   */
  constructor(flag: string, difference: string, remedy = '', isOfCode = false) {
    super(`${flag}: ${difference}${remedy}`);
    this.difference = difference;
    this.isOfCode = isOfCode;
  }
}
