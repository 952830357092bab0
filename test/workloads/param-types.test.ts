import {expect, test} from 'vitest';
import {leavesOf, type ParameterType, zipTrees} from '../../src/contract/index.js';
import {loadWorkload, workloadNames} from '../../workloads/index.js';

/** What a kernel of that shape is for; an embedding's is AlgoPerf's exception. */
function kernelType(path: string, rank: number): ParameterType {
  if (/embedding/i.test(path)) return 'embedding';
  return rank === 4 ? 'conv_weight' : 'weight';
}

const ogbg = {embedding: 2, weight: 16, bias: 18, layer_norm_scale: 15, layer_norm_bias: 15};

/** How many parameters of each type AlgoPerf's model has. */
const counts: {readonly [workload: string]: {readonly [type in ParameterType]?: number}} = {
  cifar: {conv_weight: 20, batch_norm_scale: 20, batch_norm_bias: 20, weight: 1, bias: 1},
  finewebedu_lm: {...languageModel(12)},
  mnist: {weight: 2, bias: 2},
  ogbg,
  ogbg_gelu: ogbg,
  ogbg_model_size: {embedding: 2, weight: 19, bias: 21, layer_norm_scale: 18, layer_norm_bias: 18},
  ogbg_silu: ogbg,
  text_lm: {...languageModel(4)},
  wmt: translator(6),
  wmt_attention_temp: translator(6),
  wmt_glu_tanh: translator(6, {mlpLayers: 3}),
  wmt_post_ln: translator(6, {lastNorms: 0}),
  wmt_small: translator(2),
};

/** Of so many layers in the encoder, and in the decoder. */
function translator(layers: number, {mlpLayers = 2, lastNorms = 2} = {}) {
  const attentions = 3 * layers;
  const attention = {
    attention_q: attentions,
    attention_k: attentions,
    attention_v: attentions,
    attention_out: attentions,
  };
  const [dense, norms] = [2 * layers * mlpLayers, 5 * layers + lastNorms];
  return {embedding: 1, ...attention, weight: dense, bias: dense, layer_norm_scale: norms, layer_norm_bias: norms};
}

function languageModel(layers: number) {
  const attention = {attention_q: layers, attention_k: layers, attention_v: layers, attention_out: layers};
  // Of a layer two kernels of its MLP and the factor of its attention; a norm before each half, and one at the end.
  return {embedding: 1, ...attention, weight: 3 * layers, layer_norm_scale: 2 * layers + 1};
}

test.each(workloadNames)('%s says of each parameter what it is for', async (name) => {
  const {paramTypes} = await loadWorkload(name);
  const found: {[type: string]: number} = {};
  for (const {value} of leavesOf<ParameterType>(paramTypes)) found[value] = (found[value] ?? 0) + 1;
  expect(found).toEqual(counts[name]);
});

test.each(workloadNames.filter((name) => !/_lm$|^wmt/.test(name)))(
  "%s's types are those of its parameters' names and shapes",
  async (name) => {
    const {paramTypes, initModel} = await loadWorkload(name);
    zipTrees(paramTypes, initModel([0, 1]).params, (type, {shape}, path) => {
      if (/kernel$/.test(path)) expect(type, path).toBe(kernelType(path, shape.length));
      const [, kind, end] = /(batch|layer)?norm\w*\/(scale|bias)$/i.exec(path) ?? [];
      if (end) expect(type, path).toBe(`${kind?.toLowerCase() ?? 'batch'}_norm_${end}`);
    });
  },
);
