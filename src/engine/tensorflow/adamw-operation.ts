import type {Tensor} from '../../contract/index.js';
import type {CompositeCall, NamedTensors} from '../composite-call.js';
import {attributeKinds, tensorflowBackend} from './binding.js';
import {usesOwnOperations} from './own-operations.js';

/**
 * Elements of all parameters up to which the addon's operation makes the update: faster, but it makes new tensors, which for large
 * models costs more than changing them in place.
 */
const MOST_ELEMENTS = 2 ** 20;

/**
 * AdamW's step of all parameters by one operation of the addon's.
 * @returns undefined where the addon has none, or not for these
 */
export function adamwOperation({inputs, attributes}: CompositeCall): NamedTensors | undefined {
  const [params, mu, nu, gradients] = ['params', 'mu', 'nu', 'gradients'].map((name) => inputs[name] as Tensor[]);
  const tensors = [params!, mu!, nu!, gradients!, [inputs.count as Tensor, inputs.learningRate as Tensor]].flat();
  if (!isForAddon(params!, tensors)) return undefined;
  const backend = tensorflowBackend();
  const n = params!.length;
  const {float, bool, int} = attributeKinds;
  const {b1, b2, eps, weightDecay, nesterov} = attributes;
  const encoded = [
    {name: 'N', type: int, value: n},
    ...Object.entries({b1, b2, eps, weight_decay: weightDecay}).map(([name, value]) => ({name, type: float, value})),
    {name: 'nesterov', type: bool, value: nesterov},
  ];
  const results = backend.binding.executeOp('AdamWUpdate', encoded, backend.getInputTensorIds(tensors), 3 * n);
  const next = results.map((result) => backend.createOutputTensor(result));
  return {params: next.slice(0, n), mu: next.slice(n, 2 * n), nu: next.slice(2 * n)};
}

function isForAddon(params: readonly Tensor[], tensors: readonly Tensor[]): boolean {
  if (!usesOwnOperations(tensorflowBackend().binding)) return false;
  const elements = params.reduce((sum, {size}) => sum + size, 0);
  return params.length > 0 && elements <= MOST_ELEMENTS && tensors.every(({dtype}) => dtype === 'float32');
}
