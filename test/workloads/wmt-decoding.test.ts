import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Batch, Entry, NdArray, Program, Tensor} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {type Beam, beamSearch} from '../../workloads/wmt/beam-search.js';
import {type DecodingOptions, decodeToken, emptyCache, encodeSources} from '../../workloads/wmt/decoding.js';
import {decode, encode, evaluationPass, logitsOf} from '../../workloads/wmt/model.js';
import {initModel, type TransformerOptions, type TransformerParams} from '../../workloads/wmt/params.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';
import {filledByHash, type GoldenLeaf, goldenBackends, ownPath} from '../helpers/workload-goldens.js';

const folder = join(process.env.ALGOPERF_DATA_DIR ?? '', 'workload-goldens');
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const isThere = existsSync(join(folder, 'wmt_decode.json'));

const big: TransformerOptions = {vocabulary: 32_000, length: 12, layers: 6, width: 1024, heads: 16, hidden: 1024};

const ints = (rows: readonly number[][]): NdArray => ({
  shape: [rows.length, rows[0]!.length],
  dtype: 'int32',
  data: Int32Array.from(rows.flat()),
});

/** A decoder's program over parameters. */
function decoderOf(params: object, options: DecodingOptions, batchSize: number): Program {
  const entryOf =
    (decoder: typeof encodeSources | typeof decodeToken): Entry =>
    (state, inputs) => {
      const {cache, outputs} = decoder({...state, cache: state.optimizer}, inputs, options);
      return {state: {...state, optimizer: cache}, outputs};
    };
  return compile(
    {params: params as never, modelState: {}, optimizer: emptyCache(options, batchSize)},
    {
      encodeSources: entryOf(encodeSources),
      decodeToken: entryOf(decodeToken),
    },
  );
}

interface Run {
  readonly beams: number;
  readonly end: number;
  readonly vocabulary: number;
  readonly length: number;
}

/** Translates sources as the workload does. */
async function searched(program: Program, sources: NdArray, run: Run): Promise<readonly Beam[][]> {
  const batchSize = sources.shape[0]!;
  program.run('encodeSources', {inputs: sources});
  return beamSearch(
    ({ids, parents, position, scores}) => {
      const outputs = program.run('decodeToken', {
        ids: {shape: [ids.length], dtype: 'int32', data: ids},
        parents: {shape: [parents.length], dtype: 'int32', data: parents},
        position: {shape: [1], dtype: 'int32', data: Int32Array.of(position)},
        scores: {shape: [batchSize, run.beams], dtype: 'float32', data: scores},
      });
      return {scores: outputs.array('scores').data, choices: outputs.array('choices').data};
    },
    {...run, batchSize, present: batchSize, alpha: 0.6},
  );
}

const padded = (tokens: readonly number[], length: number) => [...tokens, ...new Array(length - tokens.length).fill(0)];

describe.skipIf(!isThere).each(goldenBackends)("AlgoPerf's beam search on %s", (backend) => {
  const isSkipped = backend === 'tensorflow' && !hasTensorflow;
  const named = (title: string) => (backend === 'tensorflow' ? onTensorflow(title) : title);
  const golden = isThere ? read('wmt_decode.json') : {runs: {}};
  const programs = new Map<number, Program>();
  let params: object = {};

  beforeAll(async () => {
    if (isSkipped) return;
    await openEngine(backend);
    const leaves: GoldenLeaf[] = read('wmt.json').params.leaves.map((leaf: GoldenLeaf) =>
      leaf.path.endsWith('embedding') ? {...leaf, factor: golden.embedding_factor} : leaf,
    );
    params = filledByHash(leaves, ownPath);
  });
  afterAll(() => {
    for (const program of programs.values()) program.dispose();
  });

  const programFor = (beams: number): Program => {
    const length = golden.max_decode_len;
    const options = {transformer: {...big, length: Math.max(length, 12)}, beams, length};
    const program = programs.get(beams) ?? decoderOf(params, options, 2);
    programs.set(beams, program);
    return program;
  };

  // Whole searches of every kind take wasm too long.
  const runs = Object.entries<Record<string, never>>(golden.runs).filter(
    ([name]) => backend === 'tensorflow' || /eos/.test(name),
  );
  test.skipIf(isSkipped).each(runs)(named('%s'), async (_, {eos_id: end, beam_size: beams, ...expected}) => {
    const length = golden.max_decode_len;
    const sources = ints(golden.sources.map((row: number[]) => padded(row, Math.max(length, 12))));
    const found = await searched(programFor(beams), sources, {beams, end, length, vocabulary: 32_000});
    expect(found.map((row) => row.map(({tokens}) => padded(tokens, length)))).toEqual(expected.beams);
    for (const [i, row] of found.entries())
      for (const [j, {score}] of row.entries()) {
        const wanted = (expected.scores as number[][])[i]![j]!;
        expect(Math.abs(score - wanted)).toBeLessThanOrEqual(1e-5 * Math.abs(wanted));
      }
    const best = found.map((row) => padded(row.at(-1)!.tokens.slice(1), length - 1));
    expect(best).toEqual(expected.predicted);
  });
});

describe.skipIf(!isThere).each(goldenBackends)("AlgoPerf's layers on %s", (backend) => {
  const isSkipped = backend === 'tensorflow' && !hasTensorflow;

  test.skipIf(isSkipped)('every block, the encoder and the logits', async () => {
    await openEngine(backend);
    const {params: described, cases} = read('wmt.json');
    const params = filledByHash(described.leaves, ownPath);
    const {inputs_values: inputs, targets_values: targets} = cases.plain.inputs;
    const entry = (state: {params: unknown}, {batch}: never) => ({
      state,
      outputs: layersOf(state.params as TransformerParams, batch),
    });
    const program = compile({params, modelState: {}, optimizer: {}}, {layers: entry as never});
    const outputs = program.run('layers', {batch: {inputs: ints(inputs), targets: ints(targets)}}).arrays();
    program.dispose();
    const golden = cases.plain.eval_module_outputs as Record<string, {l2: number; samples: [number, number][]}>;
    expect(Object.keys(outputs).length).toBe(2 * (big.layers + 1) + 3);
    for (const [name, {data, shape}] of Object.entries(outputs)) {
      const {l2, samples} = golden[name]!;
      const norm = Math.sqrt((data as Float32Array).reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(norm - l2), name).toBeLessThanOrEqual(1e-5 * l2);
      const rms = l2 / Math.sqrt(shape.reduce((a, b) => a * b, 1));
      for (const [i, value] of samples)
        expect(Math.abs(data[i]! - value), `${name} ${i}`).toBeLessThanOrEqual(2e-5 * (rms + Math.abs(value)));
    }
  });
});

/** What embeddings and blocks give, by flax's names: the output of a model with fewer layers and no norm at the end. */
function layersOf(params: TransformerParams, batch: Batch): {[name: string]: Tensor} {
  const {encoderLayernorm: _, ...encoder} = params.encoder;
  const {encoderdecoderLayernorm: __, ...decoder} = params.decoder;
  const pass = evaluationPass(big);
  const encoded = encode(params, batch, pass);
  const decoded = decode(params, encoded, batch, pass);
  const outputs: {[name: string]: Tensor} = {
    encoder: encoded,
    'decoder/encoderdecoder_layernorm': decoded,
    '.': logitsOf(params, decoded),
  };
  for (let layers = 0; layers <= big.layers; layers++) {
    const fewer = evaluationPass({...big, layers});
    const [source, target] =
      layers === 0
        ? ['posembed_input', 'posembed_output']
        : [`encoderblock_${layers - 1}`, `encoderdecoderblock_${layers - 1}`];
    outputs[`encoder/${source}`] = encode({...params, encoder}, batch, fewer);
    outputs[`decoder/${target}`] = decode({...params, decoder}, encoded, batch, fewer);
  }
  return outputs;
}

const small: TransformerOptions = {vocabulary: 11, length: 6, layers: 2, width: 8, heads: 2, hidden: 12};

test.each<[string, Partial<TransformerOptions>]>([
  ['as it is', {}],
  ['post norm', {isPostNorm: true}],
  ['gated, with another temperature', {isGated: true, activation: 'tanh', attentionTemperature: 4}],
])('beams with a cache score what the whole model does: %s', async (_, change) => {
  await openEngine('cpu');
  const transformer = {...small, ...change};
  const {params} = initModel([0, 4], transformer);
  const sources = ints([
    [3, 9, 4, 2, 0, 0],
    [2, 0, 0, 0, 0, 0],
  ]);
  const [beams, end, length] = [3, 2, 6];
  const program = decoderOf(params, {transformer, beams, length}, 2);
  const found = await searched(program, sources, {beams, end, length, vocabulary: small.vocabulary});
  // A second batch finds nothing of the first one in the cache.
  expect(await searched(program, sources, {beams, end, length, vocabulary: small.vocabulary})).toEqual(found);
  program.dispose();
  let compared = 0;
  const whole = compile(
    {params, modelState: {}, optimizer: {}},
    {
      logProbs: (state, {batch}) => {
        const pass = evaluationPass(transformer);
        const model = state.params as unknown as TransformerParams;
        return {
          state,
          outputs: {all: tf.logSoftmax(logitsOf(model, decode(model, encode(model, batch, pass), batch, pass)))},
        };
      },
    },
  );
  for (const [i, row] of found.entries()) {
    for (const {tokens, score, isFinished} of row) {
      const inputs = ints([[...sources.data.subarray(6 * i, 6 * i + 6)]]);
      // Padding has the number of a token that beams may have: the whole model takes it for one.
      if (tokens.slice(1).includes(0)) continue;
      const targets = ints([padded(tokens.slice(1), length)]);
      const {data} = whole.run('logProbs', {batch: {inputs, targets}}).array('all');
      const sum = tokens.slice(1).reduce((all, token, at) => all + data[at * small.vocabulary + token]!, 0);
      const expected = isFinished ? sum / ((5 + tokens.length - 1) / 6) ** 0.6 : sum;
      expect(score).toBeCloseTo(expected, 4);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(1);
  whole.dispose();
});
