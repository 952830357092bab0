import type {Tensor} from '../../contract/index.js';
import {ADAMW_OF_PARAMETER, type CompositeCall, type NamedTensors} from '../composite-call.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import type {GraphValue} from './graph-recorder.js';

const T = attribute.type(dataTypes.float32);

const SLOTS = ['param', 'mu', 'nu'] as const;
type Slot = (typeof SLOTS)[number];

/** The update of one parameter as the graph knows its tensors. */
export interface RecordedAdam {
  readonly old: {readonly [slot in Slot]: GraphValue};
  readonly next: {readonly [slot in Slot]: GraphValue};
  readonly gradient: GraphValue;
  readonly scale: GraphValue;
  readonly eps: GraphValue;
  readonly decayFactor: GraphValue | undefined;
  readonly constants: {readonly b1: number; readonly b2: number; readonly nesterov: boolean};
}

/**
 * A composite that was computed by its own operations, as the update that a kernel may do.
 * @returns undefined if it is not one
 */
export function recordedAdam(
  {name, inputs, attributes}: CompositeCall,
  outputs: NamedTensors,
  valueFor: (tensor: Tensor) => GraphValue,
): RecordedAdam | undefined {
  if (name !== ADAMW_OF_PARAMETER) return undefined;
  const value = (tensor: NamedTensors[string]): GraphValue => valueFor(tensor as Tensor);
  const slots = (tensors: NamedTensors) => {
    return {param: value(tensors.param), mu: value(tensors.mu), nu: value(tensors.nu)};
  };
  return {
    old: slots(inputs),
    next: slots(outputs),
    gradient: value(inputs.gradient),
    scale: value(inputs.scale),
    eps: value(inputs.eps),
    decayFactor: inputs.decayFactor && value(inputs.decayFactor),
    constants: attributes as RecordedAdam['constants'],
  };
}

/** An update whose three results are the next values of the three variables that it began with. */
export interface FusedAdam extends RecordedAdam {
  readonly variables: {readonly [slot in Slot]: number};
}

/**
 * The update as one that a fused kernel can do in place, if its old values are variables and its results are what those
 * variables become.
 * @param next - the node's output that each variable becomes
 */
export function fusable(update: RecordedAdam, next: readonly GraphValue[]): FusedAdam | undefined {
  const {old} = update;
  const variables = {param: old.param.variable, mu: old.mu.variable, nu: old.nu.variable};
  const becomesNext = SLOTS.every((slot) => {
    const variable = variables[slot];
    return variable !== undefined && next[variable]!.ref === update.next[slot].ref;
  });
  const isFloat = old.param.dtype === dataTypes.float32;
  return becomesNext && isFloat ? {...update, variables: variables as FusedAdam['variables']} : undefined;
}

/** What the nodes of a fused update take their values from. */
export function inputsOf({gradient, scale, eps, decayFactor, old}: FusedAdam): string[] {
  return [gradient, scale, eps, ...(decayFactor ? [decayFactor, old.param] : [])].map(({ref}) => ref);
}

/**
 * Adds the kernel. The powers of the decays are given as 0, so that it takes `scale` as it stands: in float32 its own
 * `1 - power` would lose digits.
 * @param handles - names of the variables' handles
 * @param after - control inputs: what has to read the variables before they change
 * @returns the name of the node that ends the update
 */
export function addFusedAdam(
  graph: GraphBuilder,
  {variables, gradient, scale, eps, decayFactor, old, constants}: FusedAdam,
  handles: readonly string[],
  after: readonly string[],
): string {
  const {b1, b2, nesterov} = constants;
  const [param, mu, nu] = [handles[variables.param]!, handles[variables.mu]!, handles[variables.nu]!];
  const before = decayFactor ? [`^${addDecay(graph, param, old.param.ref, decayFactor.ref, after)}`] : after;
  const [zero, decay1, decay2] = [graph.number(0), graph.number(b1), graph.number(b2)];
  return graph.add(
    'ResourceApplyAdam',
    [param, mu, nu, zero, zero, scale.ref, decay1, decay2, eps.ref, gradient.ref, ...before],
    {T, use_locking: attribute.bool(false), use_nesterov: attribute.bool(nesterov)},
  );
}

function addDecay(
  graph: GraphBuilder,
  handle: string,
  param: string,
  factor: string,
  after: readonly string[],
): string {
  const decayed = graph.add('Mul', [param, factor], {T});
  return graph.add('AssignVariableOp', [handle, decayed, ...after], {dtype: T});
}
