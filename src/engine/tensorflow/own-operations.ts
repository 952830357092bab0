import {attributeKinds, type Binding} from './binding.js';
import {dataTypes} from './graph-def.js';

const known = new WeakMap<Binding, boolean>();

/** Whether the addon has the operations that are compiled into ours: those that came with an npm package have not. */
export function hasOwnOperations(binding: Binding): boolean {
  const has = known.get(binding) ?? canPickRows(binding);
  known.set(binding, has);
  return has;
}

/** Makes the answer for one binding that of another, which stands in its place. */
export function shareOwnOperations(from: Binding, to: Binding): Binding {
  known.set(to, hasOwnOperations(from));
  return to;
}

function canPickRows(binding: Binding): boolean {
  const source = binding.createTensor([1, 1], dataTypes.uint8, Uint8Array.of(1));
  const rows = binding.createTensor([1], dataTypes.int32, Int32Array.of(0));
  const number = (name: string, value: number) => ({name, type: attributeKinds.float, value});
  try {
    const [picked] = binding.executeOp('PickRows', [number('scale', 1), number('offset', 0)], [source, rows], 1);
    binding.deleteTensor(picked!.id);
    return true;
  } catch {
    return false;
  } finally {
    for (const id of [source, rows]) binding.deleteTensor(id);
  }
}
