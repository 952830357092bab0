import type {ByteScaling, ExampleField} from '../../contract/index.js';
import type {Binding} from './binding.js';
import {attributeKinds} from './binding.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';

/** The nodes that hold an array and the numbers of the rows to pick of it. */
export interface PickedRows {
  readonly source: string;
  readonly rows: string;
}

/** Adds what picks rows of an array and gives them as the model sees them. @returns the node's name */
export function addPick(
  builder: GraphBuilder,
  picked: PickedRows,
  {dtype, scaling}: ExampleField,
  binding: Binding,
): string {
  if (!scaling) return addGather(builder, picked, dataTypes[dtype]);
  if (!hasPickRows(binding)) return addScaling(builder, addGather(builder, picked, dataTypes.uint8), scaling);
  const {scale, offset} = scaling;
  return builder.add('PickRows', [picked.source, picked.rows], {
    scale: attribute.float(scale),
    offset: attribute.float(offset),
  });
}

function addGather(builder: GraphBuilder, {source, rows}: PickedRows, dataType: number): string {
  const axis = builder.constant(dataTypes.int32, [], new Uint8Array(Int32Array.of(0).buffer));
  const [params, integer] = [attribute.type(dataType), attribute.type(dataTypes.int32)];
  const attributes = {Tparams: params, Tindices: integer, Taxis: integer, batch_dims: attribute.int(0)};
  return builder.add('GatherV2', [source, rows, axis], attributes);
}

/** The same numbers as `PickRows` gives, in four passes instead of one. */
function addScaling(builder: GraphBuilder, bytes: string, {scale, offset}: ByteScaling): string {
  const type = attribute.type(dataTypes.float32);
  const floats = builder.add('Cast', [bytes], {SrcT: attribute.type(dataTypes.uint8), DstT: type});
  const products = builder.add('Mul', [floats, builder.number(scale)], {T: type});
  return builder.add('AddV2', [products, builder.number(offset)], {T: type});
}

const known = new WeakMap<Binding, boolean>();

/** Whether the addon has the operation `PickRows`: those that came with an npm package have not. */
function hasPickRows(binding: Binding): boolean {
  const has = known.get(binding) ?? canPickRows(binding);
  known.set(binding, has);
  return has;
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
