import type {AdamNote, AdamSlots} from './adam.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import type {GraphValue} from './graph-recorder.js';

const T = attribute.type(dataTypes.float32);

/** The update of one parameter as the graph knows its tensors. */
export interface RecordedAdam {
  readonly old: {readonly [slot in keyof AdamSlots]: GraphValue};
  readonly next: {readonly [slot in keyof AdamSlots]: GraphValue};
  readonly gradient: GraphValue;
  readonly scale: GraphValue;
  readonly eps: GraphValue;
  readonly kept: GraphValue | undefined;
  readonly constants: Pick<AdamNote, 'b1' | 'b2' | 'nesterov'>;
}

/** An update whose three results are the next values of the three variables that it began with. */
export interface FusedAdam extends RecordedAdam {
  readonly variables: {readonly [slot in keyof AdamSlots]: number};
}

/**
 * The update as one that a fused kernel can do in place, if its old values are variables and its results are what those
 * variables become.
 * @param next - the node's output that each variable becomes
 */
export function fusable(update: RecordedAdam, next: readonly GraphValue[]): FusedAdam | undefined {
  const {old} = update;
  const variables = {param: old.param.variable, mu: old.mu.variable, nu: old.nu.variable};
  const slots = ['param', 'mu', 'nu'] as const;
  const becomesNext = slots.every((slot) => {
    const variable = variables[slot];
    return variable !== undefined && next[variable]!.ref === update.next[slot].ref;
  });
  const isFloat = old.param.dtype === dataTypes.float32;
  return becomesNext && isFloat ? {...update, variables: variables as FusedAdam['variables']} : undefined;
}

/** What the nodes of a fused update take their values from. */
export function inputsOf({gradient, scale, eps, kept, old}: FusedAdam): string[] {
  return [gradient, scale, eps, ...(kept ? [kept, old.param] : [])].map(({ref}) => ref);
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
  {variables, gradient, scale, eps, kept, old, constants}: FusedAdam,
  handles: readonly string[],
  after: readonly string[],
): string {
  const {b1, b2, nesterov} = constants;
  const [param, mu, nu] = [handles[variables.param]!, handles[variables.mu]!, handles[variables.nu]!];
  const before = kept ? [`^${addDecay(graph, param, old.param.ref, kept.ref, after)}`] : after;
  const [zero, decay1, decay2] = [graph.number(0), graph.number(b1), graph.number(b2)];
  return graph.add(
    'ResourceApplyAdam',
    [param, mu, nu, zero, zero, scale.ref, decay1, decay2, eps.ref, gradient.ref, ...before],
    {T, use_locking: attribute.bool(false), use_nesterov: attribute.bool(nesterov)},
  );
}

function addDecay(graph: GraphBuilder, handle: string, param: string, kept: string, after: readonly string[]): string {
  const decayed = graph.add('Mul', [param, kept], {T});
  return graph.add('AssignVariableOp', [handle, decayed, ...after], {dtype: T});
}
