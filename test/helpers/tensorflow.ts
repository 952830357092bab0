import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Addon, type AddonMembers, withBinding} from '../../bench/with-binding.js';
import {
  type Entry,
  type HostInputs,
  leavesOf,
  mapTree,
  type NdArray,
  type Tensor,
  type TrainState,
  type Tree,
} from '../../src/contract/index.js';
import {tf} from '../../src/engine/index.js';
import type {Binding} from '../../src/engine/tensorflow/binding.js';
import {type GraphNode, reachable, savedModelMessage} from '../../src/engine/tensorflow/graph-def.js';
import {tensorflowCandidates} from '../../src/native/candidates.js';

export {withBinding};

const [best] = tensorflowCandidates();
/** Whether there is one that can be loaded: what an older version of this tool built does not count. */
export const hasTensorflow = best !== undefined && best.damage === undefined;

/** A test's title: says why it is skipped, where it is. */
export function onTensorflow(title: string): string {
  return hasTensorflow ? title : `${title} (skipped: no TensorFlow; algoperf-ts backend install tensorflow)`;
}

/** Calls `run` as with an addon that came with an npm package, which has no operations and no functions of ours. */
export function withoutOwnOperations<T>(run: () => T): T {
  const refusing = (own: Binding): AddonMembers => ({
    openSession: undefined,
    drawNormals: undefined,
    executeOp(op, ...rest) {
      if (op === 'PickRows') throw new Error('no such operation');
      return own.executeOp(op, ...rest);
    },
  });
  return withBinding(refusing, run);
}

/** The operations that the addon is asked for while `run` runs, in their order. */
export function operationsOf(run: () => void): string[] {
  const operations: string[] = [];
  const noting = (own: Binding): AddonMembers => ({
    executeOp(op, ...rest) {
      operations.push(op);
      return own.executeOp(op, ...rest);
    },
  });
  withBinding(noting, run);
  return operations;
}

/** Calls `run` with a count of the calls of graphs while it runs. */
export function countingGraphCalls(run: (calls: () => number) => void): void {
  let calls = 0;
  const counting = (own: Addon): AddonMembers => ({
    runSavedModel(...given) {
      calls += 1;
      return own.runSavedModel(...given);
    },
    callRun(...given) {
      calls += 1;
      return own.callRun(...given);
    },
  });
  withBinding(counting, () => run(() => calls));
}

/** Every graph that is made ready to run an entry while `run` runs, as bytes. */
export function loadedGraphs(run: () => void): string[] {
  const graphs: string[] = [];
  const nodes: GraphNode[] = [];
  const noting = (own: Addon): AddonMembers => ({
    addNode(session, node) {
      nodes.push(node);
      return own.addNode(session, node);
    },
    prepareRun(session, described) {
      const {fetches, targets, copies} = described;
      const isOfState = copies || fetches.includes('fetch0');
      if (!isOfState) graphs.push(bytesOf(reachable(nodes, [...fetches, ...targets])));
      return own.prepareRun(session, described);
    },
    loadSavedModel(folder, tags) {
      graphs.push(readFileSync(join(folder, 'saved_model.pb'), 'latin1'));
      return own.loadSavedModel(folder, tags);
    },
  });
  withBinding(noting, run);
  return graphs;
}

/** As a file has them; without the names' prefixes. */
function bytesOf(nodes: readonly GraphNode[]): string {
  const withoutPrefix = (text: string): string => text.replace(/entry\d+\//, '');
  const renamed = nodes.map((node) => ({
    ...node,
    name: withoutPrefix(node.name),
    inputs: node.inputs.map(withoutPrefix),
  }));
  return Buffer.from(savedModelMessage(renamed)).toString('latin1');
}

type State<T> = TrainState<T> & Tree<T>;

/** Runs an entry op by op, without a program: what a graph has to agree with. */
export function runEagerly(
  entry: Entry,
  state: TrainState<NdArray>,
  inputs: HostInputs,
): {state: TrainState<NdArray>; outputs: {[name: string]: number}} {
  const outputs: {[name: string]: number} = {};
  let next: Tree<NdArray> = {};
  tf.tidy(() => {
    const result = entry(
      mapTree<NdArray, Tensor>(state as State<NdArray>, toTensor) as State<Tensor>,
      mapTree(inputs, (input) => {
        if (typeof input === 'number') return tf.scalar(input);
        return 'data' in input ? toTensor(input) : tf.tensor1d(Int32Array.from(input), 'int32');
      }) as never,
    );
    next = mapTree<Tensor, NdArray>(result.state as State<Tensor>, toArray);
    for (const [name, tensor] of Object.entries(result.outputs)) outputs[name] = tensor.dataSync()[0]!;
  });
  return {state: next as State<NdArray>, outputs};
}

function toTensor({data, shape, dtype}: NdArray): Tensor {
  return tf.tensor(data.slice(), [...shape], dtype);
}

function toArray(tensor: Tensor): NdArray {
  return {shape: tensor.shape, dtype: tensor.dtype as 'float32', data: tensor.dataSync().slice() as Float32Array};
}

/** The largest difference between two states' values. */
export function largestDifference(a: TrainState<NdArray>, b: TrainState<NdArray>): number {
  const other = new Map(leavesOf(b as State<NdArray>).map(({path, value}) => [path, value]));
  const differences = leavesOf(a as State<NdArray>).map(({path, value}) => {
    const data = other.get(path)!.data;
    let worst = 0;
    for (let i = 0; i < data.length; i++) worst = Math.max(worst, Math.abs(value.data[i]! - data[i]!));
    return worst;
  });
  return Math.max(0, ...differences);
}
