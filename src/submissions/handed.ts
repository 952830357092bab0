import {
  type EvalResult,
  type HostBatch,
  type InitContext,
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
  step<C extends StepContext & {readonly batch?: HostBatch}>(context: C): C;
}

/** Frozen copies: the tool's own workload, evaluations, clock and program cannot be changed through them. */
export function createHanded(): Handed {
  let evaluations: readonly EvalResult[] = [];
  const programs = new WeakMap<Program, Program>();
  const evaluationsLike = (own: readonly EvalResult[]): readonly EvalResult[] => {
    if (own.length !== evaluations.length) evaluations = frozen(structuredClone(own));
    return evaluations;
  };
  const programLike = (own: Program): Program => {
    const handed = programs.get(own) ?? Object.freeze({...own});
    programs.set(own, handed);
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
      for (const field in context.batch) freezeField(context.batch[field]);
      return Object.freeze({
        ...context,
        evalResults: evaluationsLike(context.evalResults),
        program: programLike(context.program),
      });
    },
  };
}

/** Its values are the submission's to change; what they are is not. */
function freezeField(field: NdArray | undefined): void {
  if (field && !ArrayBuffer.isView(field)) Object.freeze(field);
}

/** Training starts from the model's own values, whatever happens to these. */
function copyOf({params, modelState}: InitContext['model']): InitContext['model'] {
  const copy = ({data, ...form}: NdArray): NdArray => Object.freeze({...form, data: data.slice()});
  return frozen({
    params: mapTree<NdArray, NdArray>(params, copy),
    modelState: mapTree<NdArray, NdArray>(modelState, copy),
  });
}
