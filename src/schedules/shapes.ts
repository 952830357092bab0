import {frozen} from '../support/index.js';
import type {DecayOptions} from './decay-options.js';
import {
  constantDecay,
  cosineDecay,
  exponentialDecay,
  geometricDecay,
  inverseSqrtDecay,
  linearDecay,
  polynomialDecay,
  stableDecay,
} from './decays.js';
import {oneCycle, sgdr} from './restarts.js';
import type {Schedule} from './schedule.js';
import {
  cosineWarmup,
  exponentialWarmup,
  linearWarmup,
  noWarmup,
  polynomialWarmup,
  type WarmupOptions,
} from './warmups.js';

/** The decays by the names that a config gives them. */
export const decays = frozen({
  cosine: cosineDecay,
  exponential: exponentialDecay,
  linear: linearDecay,
  constant: constantDecay,
  polynomial: polynomialDecay,
  geometric: geometricDecay,
  inverse_sqrt: inverseSqrtDecay,
  stable: stableDecay,
  sgdr,
  one_cycle: oneCycle,
});

/** The warm-ups by the names that a config gives them. */
export const warmups = frozen({
  linear: linearWarmup,
  cosine: cosineWarmup,
  exponential: exponentialWarmup,
  polynomial: polynomialWarmup,
  none: noWarmup,
});

/** A shape's own options, in addition to what its cycle gives it: numbers and words by name, as plain data. */
export type ShapeOptions = {readonly [name: string]: number | string};

/** The options that each decay takes. */
export const decayOptionNames: {readonly [name in keyof typeof decays]: readonly string[]} = frozen({
  cosine: ['endFactor'],
  exponential: [],
  linear: [],
  constant: [],
  polynomial: ['power', 'endFactor', 'decayStepsFactor'],
  geometric: ['endFactor'],
  inverse_sqrt: ['timescale'],
  stable: ['decayShare', 'endFactor', 'cooldown'],
  sgdr: ['periods', 'growth', 'endFactor'],
  one_cycle: ['pctStart', 'divFactor', 'finalDivFactor'],
});

/** The options that each warm-up takes. */
export const warmupOptionNames: {readonly [name in keyof typeof warmups]: readonly string[]} = frozen({
  linear: ['startFactor'],
  cosine: ['startFactor'],
  exponential: ['startFactor'],
  polynomial: ['startFactor', 'power'],
  none: [],
});

/** Decays in which the rate also rises. */
export const risingDecays: readonly string[] = Object.freeze(['sgdr', 'one_cycle']);

/** What makes warm-ups and decays, by the names that a spec gives them. */
export interface Shapes {
  readonly warmups: {readonly [name: string]: (options: WarmupOptions) => Schedule};
  readonly decays: {readonly [name: string]: (options: DecayOptions) => Schedule};
}

/** The shapes that have names of their own. */
export const builtInShapes: Shapes = Object.freeze({warmups, decays});
