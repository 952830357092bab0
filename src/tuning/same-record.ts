import type {TuningRecord} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {differences} from '../training/index.js';

/**
 * @param found - that of the trials that are there
 * @throws UserError naming what differs
 */
export function requireSameRecord(found: TuningRecord, record: TuningRecord, experiment: string): void {
  const changed = differences(found, record);
  if (changed.length === 0) return;
  const facts = changed.filter((line) => !line.startsWith('  points:'));
  const lines = facts.length > 0 ? facts : ['  search_space: its names, or the keys of its values, have another order'];
  throw new UserError(
    `--experiment-name: the trials of ${experiment} were started with others:\n${lines.join('\n')}\nGive what they were started with, choose another name, or replace them by --overwrite.`,
  );
}
