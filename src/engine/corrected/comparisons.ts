import {tf} from '../tf.js';

const ofTwo = 'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr'.split(' ');

/** tfjs 4.22 has no gradients of comparisons, so that `where(greater(x, y), x, y)` has none. They are zero. */
export function addComparisonGradients(): void {
  for (const name of ofTwo) addZeroGradient(name, ['a', 'b']);
  addZeroGradient('LogicalNot', ['x']);
}

function addZeroGradient(kernelName: string, inputs: string[]): void {
  if (tf.getGradient(kernelName)) return;
  tf.registerGradient({
    kernelName,
    inputsToSave: inputs,
    gradFunc: (_, saved) => Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
  });
}
