import {tf} from '../tf.js';
import type {TensorflowBackend} from './binding.js';
import {refusal} from './refusal.js';

/** tfjs's operations that draw without a key: on the host, or in TensorFlow from a state of its own. */
const DRAWS = new Set(
  'rand randomGamma randomNormal randomStandardNormal randomUniform randomUniformInt truncatedNormal multinomial'.split(
    ' ',
  ),
);

/** Operations that sometimes draw by one of those above. */
const DROPOUT = 'dropout';

/**
 * Calls `run`, in which tfjs's random operations are refused: what they draw would be a constant of the graph, the same at
 * every step. With a seed it is the same at each recording as well, and nothing but their names gives them away.
 */
export function refusingDraws<T>(run: () => T): T {
  const engine = tf.engine();
  const {startScope} = engine;
  engine.startScope = (name) => {
    const op = operationOf(name);
    if (DRAWS.has(op)) {
      const isDropout = engine.state.scopeStack.some((scope) => operationOf(scope.name) === DROPOUT);
      throw refusal(adviceFor(isDropout ? DROPOUT : op));
    }
    startScope.call(engine, name);
  };
  try {
    return run();
  } finally {
    engine.startScope = startScope;
  }
}

/** The name of the operation that a scope of tfjs's is for. */
function operationOf(scope: string | undefined): string {
  return scope?.replace(/__op$/, '') ?? '';
}

function adviceFor(op: string): string {
  const instead = op === DROPOUT ? '`dropout(x, rate, key)`' : '`keyedUniform(key, shape)`';
  const normal = /normal/i.test(op) ? '; of two draws u and v, sqrt(-2 log(1 - u)) cos(2 pi v) is normal' : '';
  return (
    `tf.${op} draws random numbers without a key; a graph would repeat the first ones at every step, with a seed as without. ` +
    `Use ${instead} of algoperf-ts with a key from the inputs (\`foldIn\` makes several of one${normal}).`
  );
}

/**
 * Calls `run`, in which a tensor may be read asynchronously: where a graph can't have that, it is refused when `run` ends.
 * @throws UserError of the first such read, from the line that asks for it
 */
export function refusingLateReads<T>(backend: TensorflowBackend, run: () => T): T {
  let refused: unknown;
  const {read} = backend;
  backend.read = async (dataId) => {
    try {
      return backend.readSync(dataId);
    } catch (error) {
      refused ??= error;
      // Never settled: a rejection that is not awaited would end the process.
      return new Promise(() => {});
    }
  };
  try {
    const result = run();
    if (refused !== undefined) throw refused;
    return result;
  } catch (error) {
    throw refused ?? error;
  } finally {
    backend.read = read;
  }
}
