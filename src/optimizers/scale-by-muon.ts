import {z} from 'zod';
import {full, type ParameterType, sizeOf, type Tensor, type Tree} from '../contract/index.js';
import {section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, biasCorrection, zerosLike} from './averages.js';
import {count, decay, positive} from './checks.js';
import {inGroups} from './grouped.js';
import {leavesInOrderOf, treeOfLeaves} from './leaves.js';
import {orthogonalised} from './newton-schulz.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scaleByMuon`. */
export interface ScaleByMuonOptions {
  /** Decay of the momentum, in [0, 1); default 0.95. */
  readonly beta?: number;
  /** Whether the momentum is averaged with the gradient once more before it is used; default true. */
  readonly nesterov?: boolean;
  /** Steps of the Newton-Schulz iteration, at least 1; default 5. */
  readonly steps?: number;
  /** Added to the norm that the momentum is divided by, above 0; default 1e-8. */
  readonly eps?: number;
}

/** The same as a schema. */
export const scaleByMuonOptions = z.strictObject({
  beta: decay.default(0.95),
  nesterov: z.boolean().default(true),
  steps: count.default(5),
  eps: positive.default(1e-8),
});

interface MuonState {
  /** Steps done: a float32 scalar. */
  readonly muonCount: Tensor;
  /** Averages of the gradients. */
  readonly muonMu: Tree<Tensor>;
}

/**
 * Muon's direction for parameters that are matrices, `t` counted from 1:
 *     mu = beta mu + (1 - beta) g,
 *     u = nesterov ? beta mu / (1 - beta^(t+1)) + (1 - beta) g / (1 - beta^t) : mu / (1 - beta^t),
 *     sqrt(max(1, fanOut / fanIn)) * orthogonalised(u)
 * A parameter of rank 3 or more is one matrix [fanIn, fanOut]: its last dimension is the output, but for queries, keys and values
 * of an attention, where the first one is the input. Its state is `{muonCount, muonMu}`.
 * @throws RangeError naming the option and the value it got; where it is used, for a parameter of rank 0 or 1
 * @see {@link https://kellerjordan.github.io/posts/muon/ | Jordan 2024}; same values as `optax.contrib.scale_by_muon` with
 * `scale_by_shape`
 */
export function scaleByMuon(options: ScaleByMuonOptions = {}): GradientTransformation {
  const {beta, nesterov, steps, eps} = checkedOptions('scaleByMuon', scaleByMuonOptions, options);
  return {
    resets: {muonCount: 'keep', muonMu: 'scale'},
    init: (params) => ({
      muonCount: full([], 0),
      muonMu: zerosLike(params),
    }),
    update(gradients, state, _, {paramTypes}) {
      const old = state as unknown as MuonState;
      const muonCount = tf.add(old.muonCount, 1);
      const slopes = leavesInOrderOf(gradients, gradients);
      const mu = leavesInOrderOf(gradients, old.muonMu).map((moment, i) => average(moment, slopes[i]!, beta));
      const types = paramTypes && leavesInOrderOf(gradients, paramTypes);
      const corrections = [biasCorrection(beta, muonCount), biasCorrection(beta, tf.add(muonCount, 1))] as const;
      const directions = mu.map((moment, i) =>
        nesterov
          ? tf.add(tf.mul(moment, tf.div(beta, corrections[1])), tf.mul(slopes[i]!, tf.div(1 - beta, corrections[0])))
          : tf.div(moment, corrections[0]),
      );
      const updates = section(() => allOrthogonalised(directions, types, {steps, eps}));
      return {updates: treeOfLeaves(gradients, updates), state: {muonCount, muonMu: treeOfLeaves(gradients, mu)}};
    },
  };
}

function allOrthogonalised(
  directions: readonly Tensor[],
  types: readonly ParameterType[] | undefined,
  options: Parameters<typeof orthogonalised>[1],
): Tensor[] {
  const wide = directions.map((direction, i) => {
    const shape = matrixShape(direction.shape, types?.[i]);
    const matrix = tf.reshape(direction, shape);
    return {shape, value: shape[0] > shape[1] ? tf.transpose(matrix) : matrix};
  });
  return inGroups(wide, (matrices) => orthogonalised(matrices, options)).map((matrix, i) => {
    const [fanIn, fanOut] = wide[i]!.shape;
    const scaled = tf.mul(matrix, Math.sqrt(Math.max(1, fanOut / fanIn)));
    return tf.reshape(fanIn > fanOut ? tf.transpose(scaled) : scaled, directions[i]!.shape);
  });
}

const FIRST_IS_INPUT: ReadonlySet<ParameterType> = new Set([
  'attention_q',
  'attention_k',
  'attention_v',
  'attention_qkv',
  'attention_kv',
]);

/** @throws RangeError if it has no two dimensions */
function matrixShape(shape: readonly number[], type: ParameterType | undefined): [fanIn: number, fanOut: number] {
  if (shape.length < 2)
    throw new RangeError(`scaleByMuon: a parameter must have rank 2 or more, got [${shape.join(', ')}]`);
  const [first, last] = [shape[0]!, shape.at(-1)!];
  return type && FIRST_IS_INPUT.has(type) ? [first, sizeOf(shape) / first] : [sizeOf(shape) / last, last];
}
