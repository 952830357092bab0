import {PbfReader} from 'pbf';
import type {NotedOperation} from './noted-operations.js';

/** A kernel of TensorFlow's. */
export interface Kernel {
  /** `CPU`, `GPU`, `DEFAULT` and others. */
  readonly device: string;
  /** The types that it is for, by attribute. */
  readonly types: ReadonlyMap<string, readonly number[]>;
  /** Inputs and outputs that are in the host's memory, whatever the device. */
  readonly onHost: readonly string[];
  /** Not empty: taken only where it is asked for by this name. */
  readonly label: string;
}

/** Where an operation runs on a machine with a GPU: `host` has a kernel there which does its work in the host's memory. */
export type Where = 'gpu' | 'host' | 'cpu';

/** The names of operations' outputs, as far as kernels name them that keep all in the host's memory. */
const OUTPUTS = new Set(['output', 'z', 'y', 'q']);

/** What a GPU takes its kernels from, in this order: those of `DEFAULT` are for every device that has none of its own. */
const DEVICES = ['GPU', 'DEFAULT'];

/** Where an operation runs, by the kernels that there are for it. */
export function whereRuns({types}: NotedOperation, kernels: readonly Kernel[]): Where {
  const fits = (kernel: Kernel): boolean =>
    Object.entries(types).every(([name, type]) => kernel.types.get(name)?.includes(type) ?? true);
  const taken = DEVICES.flatMap((device) => kernels.filter((kernel) => kernel.device === device && fits(kernel)));
  const onGpu = taken.find(({label}) => label === '');
  if (!onGpu) return 'cpu';
  return onGpu.onHost.some((name) => OUTPUTS.has(name)) ? 'host' : 'gpu';
}

/** @param list - an encoded `KernelList` */
export function kernelsIn(list: Uint8Array): Kernel[] {
  return messagesOf(list, 1).map((kernel) => ({
    device: textsOf(kernel, 2)[0]!,
    types: new Map(messagesOf(kernel, 3).map(typesOf)),
    onHost: textsOf(kernel, 4),
    label: textsOf(kernel, 5)[0] ?? '',
  }));
}

/** Of an `AttrConstraint`. */
function typesOf(constraint: Uint8Array): [string, number[]] {
  const types: number[] = [];
  for (const value of messagesOf(constraint, 2))
    for (const values of messagesOf(value, 1))
      for (const packed of messagesOf(values, 6)) {
        const reader = new PbfReader(packed);
        while (reader.pos < reader.length) types.push(reader.readVarint());
      }
  return [textsOf(constraint, 1)[0]!, types];
}

function textsOf(message: Uint8Array, field: number): string[] {
  return messagesOf(message, field).map((bytes) => new TextDecoder().decode(bytes));
}

/** The values of a message's field that have a length. */
function messagesOf(message: Uint8Array, field: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new PbfReader(message);
  reader.readFields((tag) => void (tag === field && found.push(reader.readBytes())), {});
  return found;
}
