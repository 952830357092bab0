import type {
  Decoder,
  Entry,
  HostInputs,
  NdArray,
  Outputs,
  Program,
  Tensor,
  TrainState,
  Tree,
} from '../contract/index.js';
import type {EvaluatedModel} from '../runs/index.js';

/** Compiles a program, as the engine's `compile` does. */
export type Compile = (initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}) => Program;

/** A decoder's entries in a program of their own, whose state is the model as it is evaluated and the cache. */
export interface DecoderProgram {
  /** @param batchSize - with another one than the call before had, the cache is empty again */
  run(entry: string, inputs: HostInputs, batchSize: number): Outputs;
  dispose(): void;
}

/**
 * A decoder that is ready to run: the program is made at the first call.
 * @param model - gives what is evaluated
 */
export function decoderProgram(decoder: Decoder, compile: Compile, model: () => EvaluatedModel): DecoderProgram {
  const entries = Object.fromEntries(Object.entries(decoder.entries).map(([name, entry]) => [name, asEntry(entry)]));
  let current: {readonly program: Program; readonly batchSize: number} | undefined;
  return {
    run(entry, inputs, batchSize) {
      if (current?.batchSize !== batchSize) {
        current?.program.dispose();
        current = {program: compile({...model(), optimizer: decoder.emptyCache(batchSize)}, entries), batchSize};
      }
      return current.program.run(entry, inputs);
    },
    dispose: () => current?.program.dispose(),
  };
}

/** The cache is where a program that trains has its optimizer. */
function asEntry(entry: Decoder['entries'][string]): Entry {
  return ({params, modelState, optimizer}, inputs) => {
    const {cache, outputs} = entry({params, modelState, cache: optimizer as Tree<Tensor>}, inputs);
    return {state: {params, modelState, optimizer: cache}, outputs};
  };
}
