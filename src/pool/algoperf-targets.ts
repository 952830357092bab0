import type {Goal} from '../contract/index.js';

/** A version of AlgoPerf whose targets are known. */
export type AlgoperfVersion = '0.6' | '1.0';

/** Targets of workloads by name, and which of them scores are made of. */
export interface TargetTable {
  readonly workloads: ReadonlyMap<string, TableTarget>;
  readonly base: readonly string[];
  readonly heldOut: readonly string[];
}

/** A workload's target on validation; AlgoPerf's scoring accepts equal values. */
export interface TableTarget {
  /** Without its split: `accuracy`. */
  readonly metric: string;
  readonly goal: Goal;
  readonly value: number;
  readonly inclusive: boolean;
  /** Seconds past which reaching it does not count. */
  readonly limitSeconds?: number | undefined;
}

type Numbers = readonly [metric: string, value: number];

const BASE_0_6: {readonly [workload: string]: Numbers} = {
  criteo1tb: ['loss', 0.123735],
  fastmri: ['ssim', 0.723653],
  imagenet_resnet: ['accuracy', 0.77431],
  imagenet_vit: ['accuracy', 0.77309],
  librispeech_conformer: ['wer', 0.085884],
  librispeech_deepspeech: ['wer', 0.119936],
  ogbg: ['mean_average_precision', 0.28098],
  wmt: ['bleu', 30.8491],
};

const BASE_1_0: {readonly [workload: string]: Numbers} = {...BASE_0_6, finewebedu_lm: ['ppl', 22.2995]};

const OTHERS: {readonly [workload: string]: Numbers} = {
  cifar: ['accuracy', 0.85],
  criteo1tb_test: ['loss', 0.123735],
  criteo1tb_layernorm: ['loss', 0.123757],
  criteo1tb_embed_init: ['loss', 0.129657],
  criteo1tb_resnet: ['loss', 0.12415],
  fastmri_model_size: ['ssim', 0.723559],
  fastmri_tanh: ['ssim', 0.71784],
  fastmri_layernorm: ['ssim', 0.723284],
  imagenet_resnet_silu: ['accuracy', 0.75445],
  imagenet_resnet_gelu: ['accuracy', 0.76765],
  imagenet_resnet_large_bn_init: ['accuracy', 0.76526],
  imagenet_vit_glu: ['accuracy', 0.75738],
  imagenet_vit_post_ln: ['accuracy', 0.75312],
  imagenet_vit_map: ['accuracy', 0.77113],
  librispeech_conformer_attention_temperature: ['wer', 0.109977],
  librispeech_conformer_layernorm: ['wer', 0.09731],
  librispeech_conformer_gelu: ['wer', 0.094114],
  librispeech_deepspeech_tanh: ['wer', 0.150883],
  librispeech_deepspeech_no_resnet: ['wer', 0.131564],
  librispeech_deepspeech_norm_and_spec_aug: ['wer', 0.14342],
  mnist: ['accuracy', 0.97],
  ogbg_gelu: ['mean_average_precision', 0.27771],
  ogbg_silu: ['mean_average_precision', 0.282178],
  ogbg_model_size: ['mean_average_precision', 0.269446],
  wmt_post_ln: ['bleu', 30.0779],
  wmt_attention_temp: ['bleu', 29.3379],
  wmt_glu_tanh: ['bleu', 29.5779],
};

/**
 * The targets of a version's base workloads, its variants, mnist and cifar. The variants are not held out: no version since 0.5 has any.
 * @see {@link https://github.com/mlcommons/submissions_algorithms | scoring/workload_targets.json}
 */
export function algoperfTargets(version: AlgoperfVersion): TargetTable {
  const base = version === '0.6' ? BASE_0_6 : BASE_1_0;
  const workloads = Object.entries({...base, ...OTHERS}).map(([name, [metric, value]]): [string, TableTarget] => [
    name,
    {metric, goal: goalOf(metric)!, value, inclusive: true},
  ]);
  return {workloads: new Map(workloads), base: Object.keys(base), heldOut: []};
}

const GOALS: {readonly [metric: string]: Goal} = {
  ce_loss: 'minimize',
  error_rate: 'minimize',
  ctc_loss: 'minimize',
  wer: 'minimize',
  l1_loss: 'minimize',
  loss: 'minimize',
  ppl: 'minimize',
  mean_average_precision: 'maximize',
  ssim: 'maximize',
  accuracy: 'maximize',
  bleu: 'maximize',
};

/** Whether more or less of one of AlgoPerf's metrics is better; undefined: it has none of that name. */
export function goalOf(metric: string): Goal | undefined {
  return Object.hasOwn(GOALS, metric) ? GOALS[metric] : undefined;
}

/** Seconds, as AlgoPerf's script for speed-ups has them to this day: those of v0.5, which has no language model. */
const SPEEDUP_BUDGETS: {readonly [workload: string]: number} = {
  criteo1tb: 7703,
  fastmri: 8859,
  imagenet_resnet: 63_008,
  imagenet_vit: 77_520,
  librispeech_conformer: 61_068,
  librispeech_deepspeech: 55_506,
  ogbg: 18_477,
  wmt: 48_151,
};

/** The budgets that AlgoPerf's code puts for a target that was not reached, by workload: three times as much for self-tuning. */
export function speedupBudgets(ruleset: 'external' | 'self'): ReadonlyMap<string, number> {
  const factor = ruleset === 'self' ? 3 : 1;
  return new Map(Object.entries(SPEEDUP_BUDGETS).map(([name, seconds]) => [name, factor * seconds]));
}
