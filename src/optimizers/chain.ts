import {z} from 'zod';
import {type NdArray, type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {describeValue} from '../support/index.js';
import {requireTransformed, transformation} from './checks.js';
import type {GradientTransformation, ResetRule} from './transformation.js';

const chainOptions = z.strictObject({links: z.array(transformation)});

/**
 * Transformations one after the other, each given the updates of the one before. Their states lie side by side, under the names
 * that they have. As `optax.chain`.
 * @throws RangeError if one of them is something else, or two of them keep a state of the same name, or have long steps
 */
export function chain(...links: readonly GradientTransformation[]): GradientTransformation {
  checkedOptions('chain', chainOptions, {links: [...links]});
  const resets = allResets(links);
  const longStepped = onlyLongStepped(links);
  const batchStatisticsSteps = links.find((link) => link.batchStatisticsSteps !== undefined)?.batchStatisticsSteps;
  const areKnown = links.every(({parts}) => parts !== undefined);
  return {
    resets,
    ...(areKnown && {parts: links.flatMap(({parts = []}) => parts)}),
    init: (params, paramTypes) =>
      Object.assign({}, ...links.map((link, i) => initialState(link, placeOf(i), params, paramTypes))),
    update(updates, state, params, context) {
      const states: {[name: string]: Tree<Tensor>} = {};
      let current = updates;
      for (const [i, link] of links.entries()) {
        const given = link.update(current, ownState(link, state), params, context);
        const next = requireTransformed(placeOf(i), given);
        current = next.updates;
        Object.assign(states, next.state);
      }
      return {updates: current, state: states};
    },
    ...(longStepped && {isLongStep: longStepped}),
    ...(batchStatisticsSteps !== undefined && {batchStatisticsSteps}),
    ...(links.some((link) => link.evalParams) && {
      evalParams: (state, params, paramTypes) =>
        links.reduce(
          (current, link) => link.evalParams?.(ownState(link, state), current, paramTypes) ?? current,
          params,
        ),
    }),
  };
}

function allResets(links: readonly GradientTransformation[]): {readonly [name: string]: ResetRule} {
  const all: {[name: string]: ResetRule} = {};
  for (const [name, rule] of links.flatMap(({resets}) => Object.entries(resets))) {
    if (Object.hasOwn(all, name))
      throw new RangeError(`chain: names of states must differ, got two transformations with '${name}'`);
    all[name] = rule;
  }
  return all;
}

/** A step's context tells one transformation alone that the step is long: two may have their own at different times. */
function onlyLongStepped(links: readonly GradientTransformation[]): GradientTransformation['isLongStep'] {
  const [first, ...others] = links.flatMap(({isLongStep}) => (isLongStep ? [isLongStep] : []));
  if (others.length > 0)
    throw new RangeError(`chain: one transformation may have long steps, got ${others.length + 1} with isLongStep`);
  return first;
}

/** For messages. */
function placeOf(link: number): string {
  return `chain: transformation ${link + 1}`;
}

/** @throws RangeError if the state is none, or its names are not those that the transformation says what a reset does to */
function initialState(
  link: GradientTransformation,
  place: string,
  ...args: Parameters<GradientTransformation['init']>
) {
  const state: {readonly [name: string]: Tree<NdArray>} = link.init(...args);
  if (Object(state) !== state || (state as unknown) instanceof Promise)
    throw new RangeError(
      `${place}: init must return trees of arrays by name, {} for none; found ${describeValue(state)}`,
    );
  const [kept, declared] = [Object.keys(state), Object.keys(link.resets)];
  if (kept.length !== declared.length || kept.some((name) => !declared.includes(name)))
    throw new RangeError(
      `${place}: resets must name what init keeps, [${kept.join(', ')}], got [${declared.join(', ')}]`,
    );
  return state;
}

/** The part of the chain's state that is a link's. */
function ownState({resets}: GradientTransformation, state: Tree<Tensor>): Tree<Tensor> {
  const all = state as {readonly [name: string]: Tree<Tensor>};
  return Object.fromEntries(Object.keys(resets).map((name) => [name, all[name]!]));
}

/** The parameters with the updates added. As `optax.apply_updates`. */
export function applyUpdates(params: Tree<Tensor>, updates: Tree<Tensor>): Tree<Tensor> {
  return zipTrees<Tensor, Tensor, Tensor>(params, updates, (param, update) => tf.add(param, update));
}
