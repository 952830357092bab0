import {z} from 'zod';
import type {ConfigProblem} from '../contract/index.js';
import {decayOptionNames, type ShapeOptions, warmupOptionNames} from '../schedules/index.js';
import {snakeCase} from '../support/index.js';
import {share} from './run-keys.js';

/** What a config may give warm-ups and decays in addition to their names. */

const aboveZero = z.number().gt(0);
const shareAboveZero = aboveZero.max(1);

/** The options of all warm-ups together. */
export const warmupOptionsSchema = z
  .strictObject({
    start_factor: share.optional().describe('First rate as a share of the peak'),
    power: aboveZero.optional().describe('For polynomial'),
  })
  .meta({title: 'mappings of options'});

/** The options of all decays together. */
export const decayOptionsSchema = z
  .strictObject({
    end_factor: share.optional().describe('Last rate as a share of the peak'),
    power: aboveZero.optional().describe('For polynomial'),
    decay_steps_factor: shareAboveZero
      .optional()
      .describe('For polynomial: share of the steps in which the rate falls'),
    timescale: aboveZero.optional().describe('For inverse_sqrt: steps until the rate is the peak by the root of 2'),
    decay_share: shareAboveZero.optional().describe('For stable: share of the steps in which the rate falls'),
    cooldown: z.enum(['linear', 'sqrt']).optional().describe('For stable: the way down'),
    periods: z.int().min(1).max(1000).optional().describe('For sgdr: how often the rate falls'),
    growth: z.number().min(1).optional().describe('For sgdr: how many times longer each period is than the one before'),
    pct_start: aboveZero.lt(1).optional().describe('For one_cycle: share of the steps in which the rate rises'),
    div_factor: z.number().min(1).optional().describe('For one_cycle: the peak by the first rate'),
    final_div_factor: z.number().min(1).optional().describe('For one_cycle: the first rate by the last one'),
  })
  .meta({title: 'mappings of options'});

/** A shape with the options that a config gives it. */
export interface OptionedShape {
  readonly kind: 'warmup' | 'decay';
  /** Its name, or the path of a module, which may be given whatever there is. */
  readonly name: string;
  readonly options: ShapeOptions | undefined;
  /** Where the options stand. */
  readonly path: readonly (string | number)[];
}

/** The options that a shape does not take. */
export function shapeOptionProblems({kind, name, options = {}, path}: OptionedShape): ConfigProblem[] {
  const all: {readonly [name: string]: readonly string[]} = kind === 'warmup' ? warmupOptionNames : decayOptionNames;
  const taken = Object.hasOwn(all, name) ? all[name]! : undefined;
  if (taken === undefined) return [];
  return Object.keys(options)
    .filter((option) => !taken.includes(option))
    .map((option) => {
      const allowed = taken.length === 0 ? 'takes none' : `takes ${taken.map(snakeCase).join(', ')}`;
      return {path: [...path, snakeCase(option)], message: `is not an option of ${name}, which ${allowed}`};
    });
}
