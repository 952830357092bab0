import {open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  type Batch,
  classifierLoss,
  type DenseParams,
  dense,
  type HostBatch,
  lecunNormal,
  mean,
  normal,
  perplexity,
  type Rows,
  type Source,
  split,
  type Tensor,
  type Tree,
  tf,
  type Workload,
  zeros,
} from 'algoperf-ts';

// Sequences of different lengths, which stay in a file: each token is predicted from the one before it. What counts is a token.

const [TOKENS, LENGTH, WIDTH] = [8, 12, 16];

/** Sequences in `<name>.bin`, one token a byte; `<name>.json` has where each begins, and where the last one ends. */
async function sequences(dir: string, name: string): Promise<Source> {
  const offsets: number[] = JSON.parse(await readFile(join(dir, `${name}.json`), 'utf8'));
  const file = await open(join(dir, `${name}.bin`));
  const readOne = async (row: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(offsets[row + 1]! - offsets[row]!);
    await file.read(bytes, 0, bytes.length, offsets[row]!);
    return bytes;
  };
  return {
    size: offsets.length - 1,
    read: async (rows) => padded(await Promise.all([...rows].map(readOne)), rows),
    close: () => file.close(),
  };
}

/** Inputs, targets and weights [batch, LENGTH]; what is behind a sequence's end has weight 0. */
function padded(texts: readonly Uint8Array[], rows: Rows): HostBatch {
  const shape = [rows.length, LENGTH];
  const [inputs, targets] = [new Int32Array(rows.length * LENGTH), new Int32Array(rows.length * LENGTH)];
  const weights = new Float32Array(rows.length * LENGTH);
  for (const [i, text] of texts.entries()) {
    inputs.set(text.subarray(0, -1), i * LENGTH);
    targets.set(text.subarray(1), i * LENGTH);
    weights.fill(1, i * LENGTH, i * LENGTH + text.length - 1);
  }
  return {
    inputs: {shape, dtype: 'int32', data: inputs},
    targets: {shape, dtype: 'int32', data: targets},
    weights: {shape, dtype: 'float32', data: weights},
  };
}

interface Params {
  readonly embedding: Tensor;
  readonly head: DenseParams;
}

/** Tokens [batch, LENGTH] to logits [batch, LENGTH, TOKENS]. */
function modelFn(params: Tree<Tensor>, {inputs}: Batch, modelState: Tree<Tensor>) {
  const {embedding, head} = params as unknown as Params;
  const vectors = tf.gather(embedding, tf.reshape(inputs!, [-1]) as never); // [batch * LENGTH, WIDTH]
  const logits = dense(head, tf.tanh(vectors));
  return {logits: tf.reshape(logits, [...inputs!.shape, TOKENS]) as Tensor, modelState};
}

export const workload: Workload = {
  name: 'tokens',
  summary: 'the next token of short sequences',
  target: {metric: 'perplexity', validation: 2.5, inclusive: true},
  budget: {stepHint: 100, seconds: 60, evalEverySeconds: 10},
  examples: {train: 200, evalTrain: 50, validation: 50},
  batchSize: 16,
  evalBatchSize: 16,
  hasDropout: false,
  metrics: {nats: 'minimize', perplexity: 'minimize'},
  lossMetric: 'nats',
  loadData: async (dir) => ({
    train: await sequences(dir!, 'train'),
    validation: await sequences(dir!, 'validation'),
    source: dir!,
  }),
  paramTypes: {embedding: 'embedding', head: {kernel: 'weight', bias: 'bias'}},
  initModel: (key) => {
    const [first, second] = split(key, 2);
    const head = {kernel: lecunNormal(second!, [WIDTH, TOKENS]), bias: zeros([TOKENS])};
    return {params: {embedding: normal(first!, [TOKENS, WIDTH]), head}, modelState: {}};
  },
  modelFn,
  lossFn: classifierLoss,
  evaluation: {
    entries: {
      sums({params, modelState}, {batch}) {
        const {summed, nValidExamples} = classifierLoss({logits: modelFn(params, batch, modelState).logits, batch});
        return {nats: summed, tokens: nValidExamples};
      },
    },
    metrics: [mean('nats', {per: 'tokens'}), perplexity('perplexity', {of: 'nats'})],
  },
};
