import {
  type EvalResult,
  type HostBatch,
  type InitContext,
  type InputQueue,
  mapTree,
  type NdArray,
  type Program,
  type StepContext,
} from '../contract/index.js';
import {frozen} from '../support/index.js';
import {lazyModel} from './lazy-model.js';

/** The read-only arguments of a user's submission, in place of the tool's own objects. */
export interface Handed {
  init(context: InitContext): InitContext;
  step<C extends StepContext & {readonly inputQueue?: InputQueue}>(context: C): C;
}

/** Frozen copies: the tool's own workload, evaluations, clock and program cannot be changed through them. */
export function createHanded(): Handed {
  let evaluations: readonly EvalResult[] = Object.freeze([]);
  const programs = new WeakMap<Program, Program>();
  const queues = new WeakMap<InputQueue, InputQueue>();
  const evaluationsLike = (own: readonly EvalResult[]): readonly EvalResult[] => {
    if (own.length !== evaluations.length) evaluations = frozen(structuredClone(own));
    return evaluations;
  };
  const programLike = (own: Program): Program => {
    const handed = programs.get(own) ?? Object.freeze({...own});
    programs.set(own, handed);
    return handed;
  };
  const queueLike = (own: InputQueue): InputQueue => {
    const handed = queues.get(own) ?? handedQueue(own);
    queues.set(own, handed);
    return handed;
  };
  return {
    init: (context) => {
      Object.freeze(context.key);
      return Object.freeze({...context, model: Object.freeze(lazyModel(() => copyOf(context.model)))});
    },
    step: (context) => {
      Object.freeze(context.key);
      Object.freeze(context.clock);
      return Object.freeze({
        ...context,
        evalResults: evaluationsLike(context.evalResults),
        program: programLike(context.program),
        ...(context.inputQueue && {inputQueue: queueLike(context.inputQueue)}),
      });
    },
  };
}

/** Its values are the submission's to change; what they are is not. */
function freezeBatch(batch: HostBatch): HostBatch {
  for (const name in batch) {
    const field: NdArray | undefined = batch[name];
    if (!field || ArrayBuffer.isView(field)) continue;
    Object.freeze(field);
    Object.freeze(field.shape);
  }
  return Object.freeze(batch);
}

/** A queue whose batches can't be given another form: what they are made of is the tool's. */
function handedQueue(own: InputQueue): InputQueue {
  return Object.freeze({
    batchSize: own.batchSize,
    next() {
      const batch = own.next();
      return batch instanceof Promise ? batch.then(freezeBatch) : freezeBatch(batch);
    },
  });
}

/** Training starts from the model's own values, whatever happens to these. */
function copyOf({params, modelState}: InitContext['model']): InitContext['model'] {
  const copy = ({data, ...form}: NdArray): NdArray => Object.freeze({...form, data: data.slice()});
  return frozen({
    params: mapTree<NdArray, NdArray>(params, copy),
    modelState: mapTree<NdArray, NdArray>(modelState, copy),
  });
}
