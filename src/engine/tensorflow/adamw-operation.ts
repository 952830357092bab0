import type {Tensor} from '../../contract/index.js';
import type {CompositeCall, NamedTensors} from '../composite-call.js';
import {attributeKinds, tensorflowBackend} from './binding.js';
import {MOST_ELEMENTS, usesOwnOperations} from './own-operations.js';

interface Leaves {
  readonly params: readonly Tensor[];
  readonly mu: readonly Tensor[];
  readonly nu: readonly Tensor[];
  readonly gradients: readonly Tensor[];
}

/**
 * AdamW's step of all parameters by operations of the addon's.
 * @returns undefined where the addon has none, or not for these
 */
export function adamwOperation({inputs, attributes}: CompositeCall): NamedTensors | undefined {
  const leaves = inputs as unknown as Leaves;
  const {params, mu, nu, gradients} = leaves;
  const scalars = [inputs.count as Tensor, inputs.learningRate as Tensor];
  if (!isForAddon(params, [params, mu, nu, gradients, scalars].flat())) return undefined;
  if (elementsOf(params) <= MOST_ELEMENTS) return update(leaves, scalars, attributes);
  const each = params.map((param, i) =>
    update({params: [param], mu: [mu[i]!], nu: [nu[i]!], gradients: [gradients[i]!]}, scalars, attributes),
  );
  return {
    params: each.flatMap((next) => next.params),
    mu: each.flatMap((next) => next.mu),
    nu: each.flatMap((next) => next.nu),
  };
}

function update(
  {params, mu, nu, gradients}: Leaves,
  scalars: readonly Tensor[],
  {b1, b2, eps, weightDecay, nesterov}: CompositeCall['attributes'],
): Omit<Leaves, 'gradients'> {
  const backend = tensorflowBackend();
  const n = params.length;
  const {float, bool, int} = attributeKinds;
  const encoded = [
    {name: 'N', type: int, value: n},
    ...Object.entries({b1, b2, eps, weight_decay: weightDecay}).map(([name, value]) => ({name, type: float, value})),
    {name: 'nesterov', type: bool, value: nesterov},
  ];
  const ids = backend.getInputTensorIds([params, mu, nu, gradients, scalars].flat());
  const next = backend.binding
    .executeOp('AdamWUpdate', encoded, ids, 3 * n)
    .map((result) => backend.createOutputTensor(result));
  return {params: next.slice(0, n), mu: next.slice(n, 2 * n), nu: next.slice(2 * n)};
}

function isForAddon(params: readonly Tensor[], tensors: readonly Tensor[]): boolean {
  if (!usesOwnOperations(tensorflowBackend().binding)) return false;
  return params.length > 0 && tensors.every(({dtype}) => dtype === 'float32');
}

function elementsOf(params: readonly Tensor[]): number {
  return params.reduce((sum, {size}) => sum + size, 0);
}
