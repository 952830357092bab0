import type {Key, RunEntry, TextSampling} from '../contract/index.js';
import {foldIn, keyFromSeed, randomSeed, uniform} from '../engine/index.js';
import {UserError} from '../support/index.js';
import {withCheckpoint} from './evaluate-checkpoint.js';
import {checkpointOf, type EvaluateOptions} from './evaluate-run.js';
import type {ExamineOptions} from './examine.js';
import {inRuntime, loadWithoutSubmission, withOwnCodeRemedy} from './load-recorded.js';
import {type PickOptions, pickToken} from './pick-token.js';
import {readRecorded} from './recorded-run.js';

/** Which text is continued, and how. */
export interface SampleOptions extends Omit<EvaluateOptions, 'splits'>, Partial<PickOptions> {
  /** Default: none, the beginning of a document. */
  readonly prompt?: string;
  /** Tokens that are drawn at most; default 200. */
  readonly tokens?: number;
  /** Of the draws; default: drawn. */
  readonly seed?: number | undefined;
}

/** A text and how it was made. */
export interface SampledText {
  /** The run's folder. */
  readonly path: string;
  readonly globalStep: number;
  readonly seed: number;
  readonly prompt: string;
  /** What follows the prompt. */
  readonly text: string;
  /** How many tokens the text has. */
  readonly tokens: number;
}

/** Shorter texts are filled up to so many tokens: the entry is compiled for each length. */
const LEAST_LENGTH = 16;

/**
 * Continues a text with the model of a run's checkpoint, in this process.
 * @param path - the run's folder
 * @throws UserError if its workload is no language model, its logits are NaN, there is no such checkpoint, or something of the run is not there
 */
export function sampleRun(path: string, options: SampleOptions & ExamineOptions = {}): Promise<SampledText> {
  return withOwnCodeRemedy(options, () => sampled(path, options));
}

async function sampled(path: string, options: SampleOptions & ExamineOptions): Promise<SampledText> {
  const run = readRecorded(path);
  const {load = (work) => work(), prompt = '', temperature = 1, topK, tokens = 200, seed = randomSeed()} = options;
  const loaded = await load(() => loadWithoutSubmission(run, options));
  const {loadSampling, name} = loaded.workload;
  if (!loadSampling) throw new UserError(`runs sample: ${name} is no language model: it can't continue a text`);
  const checkpoint = checkpointOf(run, loaded, options.checkpoint ?? 'best');
  return inRuntime(loaded, async (runtime) => {
    const sampling = await loadSampling();
    const context = [sampling.endOfDocument, ...sampling.encode(prompt)];
    const of = `${path}: the model of step ${checkpoint.globalStep}`;
    const drawn = withCheckpoint({runtime, options: loaded}, checkpoint, (entry) =>
      continued(entry, sampling, {of, context, tokens, key: keyFromSeed(seed), temperature, topK}),
    );
    const text = sampling.decode(drawn);
    return {path, globalStep: checkpoint.globalStep, seed, prompt, text, tokens: drawn.length};
  });
}

interface Continuation extends PickOptions {
  /** The model, for messages. */
  readonly of: string;
  readonly context: readonly number[];
  /** At most. */
  readonly tokens: number;
  readonly key: Key;
}

/** The tokens that follow, without the end of a document. */
function continued(run: RunEntry, sampling: TextSampling, {of, context, tokens, key, ...pick}: Continuation): number[] {
  const all = [...context];
  while (all.length < context.length + tokens) {
    const {data} = run(sampling.entry, inputsOf(all, sampling.length)).array('logits');
    if (data.some(Number.isNaN)) throw new UserError(`${of} gives logits that are NaN; name another --checkpoint`);
    const token = pickToken(data, uniform(foldIn(key, all.length), []).data[0]!, pick);
    if (token === sampling.endOfDocument) break;
    all.push(token);
  }
  return all.slice(context.length);
}

/** The last tokens that the model sees, filled up behind to a power of 2: no token sees what follows it. */
function inputsOf(tokens: readonly number[], most: number) {
  const seen = tokens.slice(-most);
  const length = Math.min(most, Math.max(LEAST_LENGTH, 2 ** Math.ceil(Math.log2(seen.length))));
  const data = new Int32Array(length);
  data.set(seen);
  return {tokens: {shape: [1, length], dtype: 'int32' as const, data}, last: seen.length - 1};
}
