/** How translations are searched for. */
export interface BeamSearchOptions {
  /** Sentences that are translated at a time. */
  readonly batchSize: number;
  /** How many of them count: the others are padding, and are not waited for. */
  readonly present: number;
  readonly beams: number;
  readonly vocabulary: number;
  /** Exponent of the length by which scores are divided. */
  readonly alpha: number;
  /** The token that ends a sentence. */
  readonly end: number;
  /** Tokens of a translation with the 0 before it. */
  readonly length: number;
}

/** What a token of each beam is decoded from, the beams of a sentence after each other. */
export interface BeamStep {
  readonly ids: Int32Array;
  readonly parents: Int32Array;
  readonly position: number;
  readonly scores: Float32Array;
}

/** Candidates of each sentence, two for each of its beams, the best first. */
export interface Candidates {
  readonly scores: ArrayLike<number>;
  /** `beam * vocabulary + token` */
  readonly choices: ArrayLike<number>;
}

/** A translation, complete or not, with the 0 before it. */
export interface Beam {
  readonly tokens: readonly number[];
  readonly score: number;
  readonly isFinished: boolean;
}

/** A sentence's beams, both lists in ascending order of their scores. */
interface Search {
  readonly live: readonly Beam[];
  readonly finished: readonly Beam[];
  /** The beams from which the live ones came. */
  readonly parents: readonly number[];
}

/** So low that what has it is chosen only where there is nothing else. */
const NONE = -1e7;

/**
 * Translates sentences by beam search, as AlgoPerf does: of each the `2 * beams` best continuations are looked at; those that end are
 * finished, with their score divided by `((5 + length) / 6)^alpha`; the search is over when no live beam can become better than the
 * finished ones, or at the greatest length. All numbers are single precision, as there.
 * @param step - decodes a token of each beam
 * @returns of each sentence its beams, in ascending order of their scores: the finished ones, or if there are none the live ones
 * @see {@link https://arxiv.org/abs/1609.08144 | Wu et al. 2016}, section 7
 */
export async function beamSearch(
  step: (from: BeamStep) => Candidates | Promise<Candidates>,
  options: BeamSearchOptions,
): Promise<readonly Beam[][]> {
  const {batchSize, present, beams, length} = options;
  let searches: readonly Search[] = Array.from({length: batchSize}, () => beginning(beams));
  for (let position = 0; position < length - 1; position++) {
    if (searches.slice(0, present).every((search) => isOver(search, options))) break;
    const candidates = await step(stepFrom(searches, position, beams));
    searches = searches.map((search, sentence) =>
      advanced(search, candidatesOf(search, candidates, sentence, options), options),
    );
  }
  return searches.map(({finished, live}) => [...(finished.some(({isFinished}) => isFinished) ? finished : live)]);
}

function beginning(beams: number): Search {
  const beam = (score: number): Beam => ({tokens: [0], score, isFinished: false});
  const places = Array.from({length: beams}, (_, i) => i);
  return {
    // All begin alike: the first stands for them.
    live: places.map((i) => beam(i === 0 ? 0 : NONE)),
    finished: places.map(() => ({...beam(NONE), tokens: []})),
    parents: places,
  };
}

function stepFrom(searches: readonly Search[], position: number, beams: number): BeamStep {
  return {
    ids: Int32Array.from(searches.flatMap(({live}) => live.map(({tokens}) => tokens.at(-1)!))),
    parents: Int32Array.from(searches.flatMap(({parents}, sentence) => parents.map((beam) => sentence * beams + beam))),
    position,
    scores: Float32Array.from(searches.flatMap(({live}) => live.map(({score}) => score))),
  };
}

function penalty(length: number, alpha: number): number {
  return Math.fround(Math.fround((5 + length) / 6) ** alpha);
}

/** Whether no live beam can become better than the worst finished one. */
function isOver({live, finished}: Search, {length, alpha}: BeamSearchOptions): boolean {
  const best = Math.fround(live.at(-1)!.score / penalty(length, alpha));
  return finished.every(({isFinished}) => isFinished) && finished[0]!.score > best;
}

interface Candidate extends Beam {
  readonly parent: number;
}

function candidatesOf(
  {live}: Search,
  {scores, choices}: Candidates,
  sentence: number,
  {beams, vocabulary, end}: BeamSearchOptions,
): Candidate[] {
  return Array.from({length: 2 * beams}, (_, i) => {
    const choice = choices[2 * beams * sentence + i]!;
    const [parent, token] = [Math.floor(choice / vocabulary), choice % vocabulary];
    const tokens = [...live[parent]!.tokens, token];
    return {tokens, score: scores[2 * beams * sentence + i]!, isFinished: token === end, parent};
  });
}

function advanced({finished}: Search, candidates: readonly Candidate[], {beams, alpha}: BeamSearchOptions): Search {
  const going = candidates.map((each) => (each.isFinished ? {...each, score: lowered(each.score)} : each));
  const live = best(going, beams);
  const ending = candidates.map(({tokens, score, isFinished}) => {
    const divided = Math.fround(score / penalty(tokens.length - 1, alpha));
    return {tokens, score: isFinished ? divided : lowered(divided), isFinished};
  });
  return {live, finished: best([...finished, ...ending], beams), parents: live.map(({parent}) => parent)};
}

function lowered(score: number): number {
  return Math.fround(score + NONE);
}

/** The best ones in ascending order; of equals the first is the better one. */
function best<B extends Beam>(beams: readonly B[], count: number): B[] {
  return [...beams]
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .reverse();
}
