import {leavesOf, mapTree, type NdArray, sizeOf, type Tree} from '../../src/contract/index.js';

/** Numbers in [-1, 1) by a hash of their position, times `scale` plus `offset`: as the golden program `cifar.py` makes them. */
export function noise(shape: readonly number[], salt: number, scale = 1, offset = 0): NdArray {
  const start = Number((BigInt(salt) * 2654435769n) % 2n ** 32n);
  const data = Float32Array.from({length: sizeOf(shape)}, (_, i) => {
    let x = (i + start) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x = (x ^ (x >>> 16)) >>> 0;
    return Math.fround(x / 2 ** 31 - 1) * scale + offset;
  });
  return {shape, dtype: 'float32', data};
}

/** The tree with numbers by formula, of which the salt is the leaf's place in the order of all the trees' paths. */
export function filledByFormula(tree: Tree<NdArray>): Tree<NdArray> {
  const paths = leavesOf<NdArray>(tree)
    .map(({path}) => path)
    .sort();
  return mapTree<NdArray, NdArray>(tree, ({shape}, path) => {
    const salt = paths.indexOf(path) + 1;
    const [layer, name] = path.split('/').slice(-2);
    if (name === 'kernel') return noise(shape, salt, Math.sqrt(6 / sizeOf(shape.slice(0, -1))));
    if (name === 'var') return noise(shape, salt, 0.25, 1);
    if (name === 'scale') return noise(shape, salt, 0.1, 0.35);
    return name === 'bias' && layer !== 'dense0' ? noise(shape, salt, 0.1, 1) : noise(shape, salt, 0.1);
  });
}
