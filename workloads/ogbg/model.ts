import {
  type Batch,
  full,
  type InitialModel,
  type Key,
  type ModelOptions,
  type ModelResult,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
  zeros,
} from '../../src/contract/index.js';
import {
  type DenseParams,
  dense,
  dropout,
  foldIn,
  type LayerNormParams,
  layerNorm,
  lecunNormal,
  section,
  segmentSum,
  takeRows,
  tf,
} from '../../src/engine/index.js';

export const NODE_FEATURES = 9;
export const EDGE_FEATURES = 3;
export const TASKS = 128;

/** A batch of as many graphs as AlgoPerf's has room for so many nodes and edges of each, both directions of a bond counted. */
export const [NODES_PER_GRAPH, EDGES_PER_GRAPH] = [26, 56] as const;

/** Sizes of a graph network, and what stands between its layers. */
export interface GraphNetOptions {
  /** Width of the embeddings of nodes and edges. */
  readonly latentDim: number;
  /** Widths of the layers of each update; one at least. */
  readonly hiddenDims: readonly number[];
  readonly messagePassingSteps: number;
  readonly activation: (x: Tensor) => Tensor;
}

/** A graph network: how it begins, and what it does. */
export interface GraphNet {
  /** For one graph. */
  readonly multiplyAdds: number;
  readonly paramTypes: Tree<ParameterType>;
  initModel(key: Key): InitialModel;
  modelFn(params: Tree<Tensor>, batch: Batch, modelState: Tree<Tensor>, options: ModelOptions): ModelResult<Tensor>;
}

/** What is updated in a step of message passing, in this order. */
const UPDATES = ['edges', 'nodes', 'globals'] as const;
type Update = (typeof UPDATES)[number];

/** Features [edges, width], [nodes, width], [graphs, width]. */
type Features = Readonly<Record<Update, Tensor>>;

interface Params {
  readonly nodeEmbedding: DenseParams;
  readonly edgeEmbedding: DenseParams;
  readonly [layer: string]: unknown;
}

/**
 * A graph network as AlgoPerf's ogbg has it: dense embeddings of nodes and edges, `messagePassingSteps` times an update of edges, nodes
 * and graphs, each of dense layers with layer normalisation, activation and dropout, and a dense head on the graphs. Graphs begin
 * as zeros. Names are those of flax in camelCase.
 * @see {@link https://arxiv.org/abs/1806.01261 | Battaglia et al. 2018}
 */
export function graphNet(options: GraphNetOptions): GraphNet {
  return {
    multiplyAdds: multiplyAddsOf(options),
    paramTypes: paramsOf<ParameterType>(options, {
      embedding: () => ({kernel: 'embedding', bias: 'bias'}),
      dense: () => ({kernel: 'weight', bias: 'bias'}),
      norm: () => ({scale: 'layer_norm_scale', bias: 'layer_norm_bias'}),
    }),
    initModel: (key) => initModel(key, options),
    modelFn: (params, batch, modelState, modelOptions) => ({
      logits: logitsOf(params as unknown as Params, batch, options, modelOptions),
      modelState,
    }),
  };
}

/** Makes the leaves of a tree of parameters. */
interface ParamMakers<T> {
  embedding(inputs: number, outputs: number): {kernel: T; bias: T};
  dense(inputs: number, outputs: number): {kernel: T; bias: T};
  norm(width: number): {scale: T; bias: T};
}

/** A dense layer of an update, with its widths. */
interface UpdateLayer {
  readonly update: Update;
  readonly inputs: number;
  readonly outputs: number;
}

/** The layers of all updates, in the order of their numbers. */
function updateLayers({latentDim, hiddenDims, messagePassingSteps}: GraphNetOptions): UpdateLayer[] {
  const widths = {edges: latentDim, nodes: latentDim, globals: TASKS};
  const layers: UpdateLayer[] = [];
  for (let step = 0; step < messagePassingSteps; step++) {
    for (const update of UPDATES) {
      let inputs = inputWidths(update, widths).reduce((sum, width) => sum + width);
      for (const outputs of hiddenDims) {
        layers.push({update, inputs, outputs});
        inputs = outputs;
      }
      widths[update] = inputs;
    }
  }
  return layers;
}

/** The parameters in the order in which they are drawn. */
function paramsOf<T>(options: GraphNetOptions, {embedding, dense, norm}: ParamMakers<T>): Tree<T> {
  const params: {[name: string]: Tree<T>} = {
    nodeEmbedding: embedding(NODE_FEATURES, options.latentDim),
    edgeEmbedding: embedding(EDGE_FEATURES, options.latentDim),
  };
  const layers = updateLayers(options);
  for (const [i, {inputs, outputs}] of layers.entries()) {
    params[`dense${i}`] = dense(inputs, outputs);
    params[`layerNorm${i}`] = norm(outputs);
  }
  return {...params, [`dense${layers.length}`]: dense(layers.at(-1)?.outputs ?? TASKS, TASKS)};
}

/** The widths of what an update's first layer is given, in the order of its kernel's rows. */
function inputWidths(update: Update, {edges, nodes, globals}: Readonly<Record<Update, number>>): number[] {
  if (update === 'edges') return [edges, nodes, nodes, globals];
  return update === 'nodes' ? [nodes, edges, edges, globals] : [nodes, edges, globals];
}

/** Of the dense layers of the updates, for a graph that has the nodes and edges that a batch has room for. */
function multiplyAddsOf(options: GraphNetOptions): number {
  const rows = {edges: EDGES_PER_GRAPH, nodes: NODES_PER_GRAPH, globals: 1};
  return updateLayers(options).reduce((sum, {update, inputs, outputs}) => sum + rows[update] * inputs * outputs, 0);
}

/** Kernels by `lecunNormal`, scales 1, biases 0. */
function initModel(key: Key, options: GraphNetOptions): InitialModel {
  let drawn = 0;
  const layer = (inputs: number, outputs: number): {kernel: NdArray; bias: NdArray} => ({
    kernel: lecunNormal(foldIn(key, drawn++), [inputs, outputs]),
    bias: zeros([outputs]),
  });
  const norm = (width: number): {scale: NdArray; bias: NdArray} => ({scale: full([width], 1), bias: zeros([width])});
  return {params: paramsOf<NdArray>(options, {embedding: layer, dense: layer, norm}), modelState: {}};
}

/** Logits [graphs, TASKS] of a batch as `graphBatches` makes it. */
function logitsOf(params: Params, batch: Batch, options: GraphNetOptions, modelOptions: ModelOptions): Tensor {
  const graphs = batch.targets!.shape[0]!;
  let features: Features = {
    edges: dense(params.edgeEmbedding, batch.edges!),
    nodes: dense(params.nodeEmbedding, batch.nodes!),
    globals: tf.zeros([graphs, TASKS]),
  };
  const depth = options.hiddenDims.length;
  for (let step = 0; step < options.messagePassingSteps; step++) {
    for (const [i, update] of UPDATES.entries()) {
      const first = (step * UPDATES.length + i) * depth;
      const current = features;
      const updated = section(() => {
        let x = firstLayer[update](params[`dense${first}`] as DenseParams, current, batch);
        for (let layer = first; layer < first + depth; layer++) {
          if (layer > first) x = dense(params[`dense${layer}`] as DenseParams, x);
          x = options.activation(layerNorm(params[`layerNorm${layer}`] as LayerNormParams, x));
          x = dropped(x, layer, modelOptions);
        }
        return {x};
      });
      features = {...features, [update]: updated.x};
    }
  }
  const head = options.messagePassingSteps * UPDATES.length * depth;
  return dense(params[`dense${head}`] as DenseParams, features.globals);
}

function dropped(x: Tensor, layer: number, {mode, key, dropoutRate = 0}: ModelOptions): Tensor {
  return mode === 'train' && dropoutRate > 0 ? dropout(x, dropoutRate, foldIn(key!, layer)) : x;
}

/**
 * The first layer of each update: the product of its concatenated inputs with its kernel, as a sum of products of the parts. What an
 * edge takes of its nodes, and nodes and edges of their graph, is multiplied before it is repeated: there are fewer of them.
 */
const firstLayer: Readonly<Record<Update, (params: DenseParams, features: Features, batch: Batch) => Tensor>> = {
  edges({kernel, bias}, {edges, nodes, globals}, {senders, receivers, nodeGraphs}) {
    const [own, sent, received, global] = partsOf(kernel, inputWidths('edges', widthsOf({edges, nodes, globals})));
    // An edge is of its sender's graph.
    const ofSenders = tf.add(product(nodes, sent!), takeRows(tf.add(product(globals, global!), bias), nodeGraphs!));
    const ofReceivers = product(nodes, received!);
    return sumOf([product(edges, own!), takeRows(ofSenders, senders!), takeRows(ofReceivers, receivers!)]);
  },
  nodes({kernel, bias}, {edges, nodes, globals}, {senders, receivers, nodeGraphs}) {
    const [own, sent, received, global] = partsOf(kernel, inputWidths('nodes', widthsOf({edges, nodes, globals})));
    const count = nodes.shape[0]!;
    return sumOf([
      product(nodes, own!),
      product(segmentSum(edges, senders!, count), sent!),
      product(segmentSum(edges, receivers!, count), received!),
      takeRows(tf.add(product(globals, global!), bias), nodeGraphs!),
    ]);
  },
  globals(params, {edges, nodes, globals}, {edgeGraphs, nodeGraphs}) {
    const count = globals.shape[0]!;
    const sums = [segmentSum(nodes, nodeGraphs!, count), segmentSum(edges, edgeGraphs!, count)];
    return dense(params, tf.concat([...sums, globals], 1));
  },
};

function widthsOf({edges, nodes, globals}: Features): Record<Update, number> {
  return {edges: edges.shape[1]!, nodes: nodes.shape[1]!, globals: globals.shape[1]!};
}

/** The kernel's rows for each part of the inputs. */
function partsOf(kernel: Tensor, widths: number[]): Tensor[] {
  return tf.split(kernel, widths);
}

function product(x: Tensor, kernel: Tensor): Tensor {
  return tf.matMul(x as never, kernel as never);
}

function sumOf(terms: readonly Tensor[]): Tensor {
  return terms.reduce((sum, term) => tf.add(sum, term));
}
