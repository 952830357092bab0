import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {scoreRuns} from '../../src/pool/index.js';
import golden from '../golden/algoperf_scores.json' with {type: 'json'};
import {scratch, writeTable} from './folders.js';

const METRICS: {readonly [workload: string]: string} = {
  criteo1tb: 'loss',
  fastmri: 'ssim',
  imagenet_resnet: 'accuracy',
  imagenet_vit: 'accuracy',
  librispeech_conformer: 'wer',
  librispeech_deepspeech: 'wer',
  finewebedu_lm: 'ppl',
  ogbg: 'mean_average_precision',
  wmt: 'bleu',
  wmt_post_ln: 'bleu',
  mnist: 'accuracy',
};

const root = scratch();
afterAll(() => root.remove());

type Rows = readonly (readonly [seconds: number, step: number, value: number | null])[];
type Pool = {
  readonly [submission: string]: {
    readonly [workload: string]: {readonly [study: string]: {readonly [trial: string]: Rows}};
  };
};

beforeAll(() => {
  for (const [submission, workloads] of Object.entries(golden.pool as unknown as Pool))
    for (const [workload, studies] of Object.entries(workloads))
      for (const [study, trials] of Object.entries(studies))
        for (const [trial, rows] of Object.entries(trials)) {
          const run = join(submission, study, `${workload}_jax`, trial);
          writeTable(
            root.path,
            run,
            METRICS[workload]!,
            rows.map(([seconds, step, value]) => [seconds, value ?? 'nan', step]),
          );
        }
});

describe(`scores of a made-up pool are those of ${golden.madeBy}, to the last bit`, () => {
  test.each(golden.kinds)('by $timeCol, against $reference', async ({timeCol, reference, scores}) => {
    const by = timeCol === 'score' ? 'time' : 'steps';
    const scored = await scoreRuns({dirs: [root.path], rules: '1.0', by, ...(reference !== null && {reference})});
    expect(scored.pool.heldOut).toEqual(['wmt_post_ln']);
    expect(Object.fromEntries(scored.scores.map(({submission, score}) => [submission, score]))).toEqual(scores);
  });
});
