import {isDeepStrictEqual} from 'node:util';
import {differenceOf} from './compare.js';
import type {RehearsalOptions} from './rehearsal.js';
import type {Notes} from './watch.js';

/** Makes each evaluation twice, and notes if the state changes or the metrics differ. */
export function twiceEvaluated(notes: Notes): NonNullable<RehearsalOptions['around']> {
  return {
    before: (trial) => ({
      ...trial,
      async evaluate(shouldContinue) {
        const before = trial.program.read();
        const first = await trial.evaluate(shouldContinue);
        const second = await trial.evaluate();
        const difference = differenceOf(before, trial.program.read());
        if (difference !== undefined) notes.changedByEvaluation ??= `an evaluation changes the state: ${difference}`;
        if (!isDeepStrictEqual(first, second))
          notes.changedByEvaluation ??= 'two evaluations in a row give different metrics';
        return first;
      },
    }),
  };
}
