import {describe, expect, test} from 'vitest';
import type {NdArray, TrainState, Tree} from '../../src/contract/index.js';
import {leavesOf} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {convNet, inputsOf, stateOf, stepOf} from '../helpers/models.js';

/** The bits of a conv net's state after some steps. */
function trained(): Uint8Array[] {
  const step = stepOf(convNet.model(0.3), {nesterov: true, weightDecay: 0.01, eps: 1e-8});
  const program = compile(stateOf(convNet), {step});
  for (let i = 0; i < 4; i++) program.run('step', inputsOf(i, convNet.inputShape));
  const state = program.read() as TrainState<NdArray> & Tree<NdArray>;
  program.dispose();
  return leavesOf<NdArray>(state).map(
    ({value: {data}}) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
}

describe.each(['wasm', 'cpu'])('on %s', (backend) => {
  test('training again gives the same bits, whatever was in the memory before', async () => {
    await openEngine(backend);
    const first = trained();
    // Leaves other numbers in what the second run is given; NaN would spread from every place that was not written.
    tf.dispose(Array.from({length: 50}, (_, i) => tf.fill([(i + 1) * 40], Number.NaN)));
    expect(trained()).toEqual(first);
  });
});
