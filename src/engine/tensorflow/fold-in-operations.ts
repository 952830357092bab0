import {attributeKinds, type Binding, type OpAttribute, type TensorInfo} from './binding.js';
import {dataTypes} from './graph-def.js';

/** How far each round of Threefry-2x32 rotates: two groups of four rounds, in turns. */
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const GROUPS = 5;
const PARITY = 0x1bd11bda;

const T = {name: 'T', type: attributeKinds.type, value: dataTypes.int32};
const integer = (name: string, value: number): OpAttribute => ({name, type: attributeKinds.int, value});

/**
 * `foldIn` in TensorFlow's operations on int32, for a key that the host does not know: Threefry-2x32, 20 rounds, of the counter
 * (0, n). The same bits as on the host.
 * @param key - id of a tensor, int32 [2]
 * @param n - or several numbers, for as many keys, [numbers, 2]
 * @see {@link https://doi.org/10.1145/2063384.2063405 | Salmon et al. 2011}
 */
export function foldInOperations(binding: Binding, key: number, n: number | Int32Array): TensorInfo {
  const made: number[] = [];
  const noted = (id: number): number => {
    made.push(id);
    return id;
  };
  const constant = (value: number): number => noted(binding.createTensor([], dataTypes.int32, Int32Array.of(value)));
  const apply = (op: string, a: number, b: number): number => noted(binding.executeOp(op, [T], [a, b], 1)[0]!.id);
  const add = (a: number, b: number): number => apply('AddV2', a, b);
  const xor = (a: number, b: number): number => apply('BitwiseXor', a, b);
  const rotate = (x: number, by: number): number => {
    // The shift to the right repeats the sign, which the mask takes away.
    const wrapped = apply('BitwiseAnd', apply('RightShift', x, constant(32 - by)), constant(2 ** by - 1));
    return apply('BitwiseOr', apply('LeftShift', x, constant(by)), wrapped);
  };
  const words = binding.executeOp('Unpack', [T, integer('num', 2), integer('axis', 0)], [key], 2);
  const [k0, k1] = words.map(({id}) => noted(id)) as [number, number];
  const keys = [k0, k1, xor(xor(k0, k1), constant(PARITY))];
  const isOne = typeof n === 'number';
  const counters = isOne ? constant(n) : noted(binding.createTensor([n.length], dataTypes.int32, n));
  let [x0, x1] = [k0, add(counters, k1)];
  for (let group = 0; group < GROUPS; group++) {
    for (const by of ROTATIONS[group % 2]!) {
      x0 = add(x0, x1);
      x1 = xor(rotate(x1, by), x0);
    }
    x0 = add(x0, keys[(group + 1) % 3]!);
    x1 = add(add(x1, keys[(group + 2) % 3]!), constant(group + 1));
  }
  const [result] = binding.executeOp('Pack', [T, integer('N', 2), integer('axis', isOne ? 0 : 1)], [x0, x1], 1);
  for (const id of made) binding.deleteTensor(id);
  return result!;
}
