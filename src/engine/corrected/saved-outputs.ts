import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';

/** An operation that a gradient may be asked for. */
interface TapeNode {
  readonly inputs: {readonly [name: string]: Tensor};
}

/** tfjs's engine, as far as it notes operations. */
interface NotingEngine {
  readonly state: {readonly activeTape: TapeNode[]};
  addTapeNode(
    name: string,
    inputs: TapeNode['inputs'],
    outputs: readonly Tensor[],
    gradient: unknown,
    saved: readonly Tensor[],
    attributes: object,
  ): void;
}

const engine = tf.engine() as unknown as NotingEngine;
const {addTapeNode} = engine;

/**
 * What an operation's gradient is computed from is noted as copies. tfjs 4.22 notes those of its results before the operation itself, so
 * that the gradient of a gradient takes them for constants: that of `exp`, `tanh` or `softmax` was wrong. Here they come behind it.
 */
function addInOrder(this: NotingEngine, ...operation: Parameters<NotingEngine['addTapeNode']>): void {
  addTapeNode.apply(this, operation);
  const [, , outputs, , saved] = operation;
  const {activeTape} = this.state;
  const copies = activeTape.splice(-1 - saved.length, saved.length);
  const isOfResult = ({inputs}: TapeNode): boolean => Object.values(inputs).some((tensor) => outputs.includes(tensor));
  const node = activeTape.pop()!;
  activeTape.push(...copies.filter((copy) => !isOfResult(copy)), node, ...copies.filter(isOfResult));
}

// At once: once an engine is open, the library can't be changed.
engine.addTapeNode = addInOrder;
