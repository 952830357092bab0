import {expect, test} from 'vitest';
import {optimizers} from '../../src/optimizers/index.js';

test.each(Object.entries(optimizers))(
  'no hyperparameter of %s has a default, which all configs would have',
  (_, optimizer) => {
    const values = Object.values(optimizer.hyperparameters.shape).map((schema) => schema.safeParse(undefined).data);
    expect(values.filter((value) => value !== undefined)).toEqual([]);
  },
);
