import type {ByteScaling, ExampleField} from '../../contract/index.js';
import type {Binding} from './binding.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import type {KeptBytes} from './mat-mul.js';
import {usesOwnOperations} from './own-operations.js';

/** The nodes that hold an array and the numbers of the rows to pick of it. */
export interface PickedRows {
  readonly source: string;
  readonly rows: string;
}

/** Rows in a graph. */
export interface Picked {
  /** As the model sees them. */
  readonly ref: string;
  /** As they are kept, where that is another form, and an operation of the addon's may take it. */
  readonly bytes?: KeptBytes;
}

/** Adds the nodes that pick rows of an array. */
export function addPick(
  builder: GraphBuilder,
  picked: PickedRows,
  {dtype, scaling}: ExampleField,
  binding: Binding,
): Picked {
  if (!scaling) return {ref: addGather(builder, picked, dataTypes[dtype])};
  if (!usesOwnOperations(binding))
    return {ref: addScaling(builder, addGather(builder, picked, dataTypes.uint8), scaling)};
  const {scale, offset} = scaling;
  const inputs = [picked.source, picked.rows];
  const ref = builder.add('PickRows', inputs, {scale: attribute.float(scale), offset: attribute.float(offset)});
  return {ref, bytes: {ref: builder.add('PickBytes', inputs, {}), scaling}};
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
