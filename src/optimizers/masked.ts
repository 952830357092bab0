import {z} from 'zod';
import {
  type Branch,
  isBranch,
  leavesOf,
  mapTree,
  type ParameterType,
  parameterTypes,
  type Tensor,
  type Tree,
  zipTrees,
} from '../contract/index.js';
import {checkedOptions, functionOption} from '../options/index.js';
import {describeValue} from '../support/index.js';
import {requireTransformed, transformation} from './checks.js';
import type {GradientTransformation} from './transformation.js';

/** A parameter as a mask sees it. */
export interface MaskedParam {
  /** Names from the root joined by `/`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Undefined where the types of the parameters are not known. */
  readonly type: ParameterType | undefined;
}

/** Chooses parameters. Pure: it is asked at every recording, and chooses the same. */
export type Mask = (param: MaskedParam) => boolean;

/** The option of that kind. */
export const maskOption = functionOption<Mask>();

/** Parameters of rank 2 and above: no biases and scales. */
export const isKernel: Mask = ({shape}) => shape.length > 1;

const typeOptions = z.strictObject({types: z.array(z.enum(parameterTypes))});

/** Parameters of these types. @throws RangeError naming what is no type */
export function isOfType(...types: readonly ParameterType[]): Mask {
  checkedOptions('isOfType', typeOptions, {types: [...types]});
  return ({type}) => type !== undefined && types.includes(type);
}

const maskedOptions = z.strictObject({inner: transformation, mask: maskOption});

/**
 * A transformation of some parameters alone: the updates of the others pass through, and nothing is kept for them. As
 * `optax.masked`.
 * @throws RangeError if one of them is something else
 */
export function masked(inner: GradientTransformation, mask: Mask): GradientTransformation {
  checkedOptions('masked', maskedOptions, {inner, mask});
  const {evalParams, isLongStep, batchStatisticsSteps} = inner;
  return {
    resets: inner.resets,
    init(params, paramTypes) {
      const chosen = chosenBy(mask, params, paramTypes);
      return inner.init(part(params, chosen), paramTypes && part(paramTypes, chosen));
    },
    update(updates, state, params, {paramTypes, gradientsAt: ofAll, ...context}) {
      const chosen = chosenBy(mask, params, paramTypes);
      const types = paramTypes && part(paramTypes, chosen);
      const gradientsAt = ofAll && ((own: Tree<Tensor>) => part(ofAll(withPart(params, own, chosen)), chosen));
      const own = {...context, paramTypes: types, gradientsAt};
      const given = inner.update(part(updates, chosen), state, part(params, chosen), own);
      const result = requireTransformed('masked', given);
      return {updates: withPart(updates, result.updates, chosen), state: result.state};
    },
    ...(isLongStep && {isLongStep}),
    ...(batchStatisticsSteps !== undefined && {batchStatisticsSteps}),
    ...(evalParams && {
      evalParams(state, params, paramTypes) {
        const chosen = chosenBy(mask, params, paramTypes);
        const own = evalParams(state, part(params, chosen), paramTypes && part(paramTypes, chosen));
        return withPart(params, own, chosen);
      },
    }),
  };
}

/** Which parameters a mask chooses, in their structure. @throws RangeError naming a parameter for which it gives anything else than a boolean */
export function chosenBy<T extends {readonly shape: readonly number[]}>(
  mask: Mask,
  params: Tree<T>,
  paramTypes?: Tree<ParameterType>,
): Tree<boolean> {
  const ask = (param: MaskedParam): boolean => {
    const isChosen: unknown = mask(param);
    if (typeof isChosen === 'boolean') return isChosen;
    throw new RangeError(`a mask must give true or false for '${param.path}'; found ${describeValue(isChosen)}`);
  };
  if (paramTypes === undefined)
    return mapTree<T, boolean>(params, ({shape}, path) => ask({path, shape, type: undefined}));
  return zipTrees<T, ParameterType, boolean>(params, paramTypes, ({shape}, type, path) => ask({path, shape, type}));
}

function isAnyIn(chosen: Tree<boolean>): boolean {
  return leavesOf<boolean>(chosen).some(({value}) => value);
}

/** The chosen leaves; branches without any are left out. */
export function part<T>(tree: Tree<T>, chosen: Tree<boolean>): Tree<T> {
  if (!isBranch(chosen)) return chosen ? tree : {};
  const present = Object.entries(chosen).filter(([, below]) => isAnyIn(below));
  return Object.fromEntries(present.map(([name, below]) => [name, part((tree as Branch<T>)[name]!, below)]));
}

/** The whole tree with what became of its chosen leaves. */
export function withPart<T>(whole: Tree<T>, changed: Tree<T>, chosen: Tree<boolean>): Tree<T> {
  if (!isBranch(chosen)) return chosen ? changed : whole;
  return Object.fromEntries(
    Object.entries(chosen).map(([name, below]) => {
      const old = (whole as Branch<T>)[name]!;
      return [name, isAnyIn(below) ? withPart(old, (changed as Branch<T>)[name]!, below) : old];
    }),
  );
}
