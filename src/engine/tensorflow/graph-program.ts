import {
  type Entry,
  type HostInput,
  type HostInputs,
  leavesOf,
  mapTree,
  type NdArray,
  type Outputs,
  type Program,
  type TrainState,
  type Tree,
  zipTrees,
} from '../../contract/index.js';
import {type Binding, dtypeOf, type HostData, type TensorInfo, tensorflowBackend} from './binding.js';
import {dataTypes, type GraphNode} from './graph-def.js';
import {replaceTensorflowKernels} from './kernels.js';
import {refusal} from './recorder.js';
import {type GraphSession, openSession} from './session.js';
import {type Form, type Trace, traceEntry} from './trace.js';
import {createVariables} from './variables.js';

/**
 * A program whose entries run as TensorFlow graphs, one call a step. An entry is recorded when it is first run with inputs of
 * these shapes (it is called twice for that, to find what differs between calls); other shapes make another graph.
 * @param initial - copied
 */
export function compileGraph(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  const {binding} = tensorflowBackend();
  replaceTensorflowKernels();
  const given = leavesOf(initial as unknown as Tree<NdArray>);
  const forms = given.map(({value: {shape, dtype}}) => ({shape: [...shape], dtype}));
  let number = 0;
  const template = mapTree<NdArray, number>(initial as unknown as Tree<NdArray>, () => number++);
  const variables = createVariables(
    binding,
    forms,
    given.map(({value}) => value),
  );
  const sessions = new Map<string, GraphSession>();

  function sessionFor(key: string, name: string, inputs: HostInputs, leaves: readonly HostLeaf[]): GraphSession {
    const known = sessions.get(key);
    if (known) return known;
    const entry = entries[name];
    if (!entry) throw new Error(`there is no entry '${name}', only ${Object.keys(entries).join(', ')}`);
    const record = (): Trace => {
      const inputForms = leaves.map((leaf) => ({...leaf, id: createInput(binding, leaf)}));
      return traceEntry({entry, template, forms, state: variables.tensors(), inputs, inputForms});
    };
    const trace = record();
    requireSame(trace, record());
    const session = openSession(binding, trace, forms);
    sessions.set(key, session);
    return session;
  }

  return {
    run(name, inputs) {
      const leaves = hostLeaves(inputs);
      const session = sessionFor(keyOf(name, leaves), name, inputs, leaves);
      variables.provide(session);
      const ids = session.trace.inputs.map((i) => createInput(binding, leaves[i]!));
      try {
        const results = session.run(ids);
        variables.wereChangedBy(session);
        return readOutputs(binding, session.trace, results);
      } finally {
        for (const id of ids) binding.deleteTensor(id);
      }
    },
    read() {
      const values = variables.read();
      return mapTree<number, NdArray>(template, (i) => values[i]!) as unknown as TrainState<NdArray>;
    },
    write: (state) => variables.write(valuesOf(template, forms, state)),
    dispose() {
      variables.dispose();
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  };
}

/** A leaf of the inputs as memory. */
interface HostLeaf extends Form {
  readonly path: string;
  readonly data: HostData;
}

function hostLeaves(inputs: HostInputs): HostLeaf[] {
  return leavesOf<HostInput>(inputs).map(({path, value}) => {
    if (typeof value === 'number') return {path, shape: [], dtype: 'float32', data: Float32Array.of(value)};
    if ('data' in value) return {path, shape: value.shape, dtype: value.dtype, data: value.data};
    return {path, shape: [2], dtype: 'int32', data: Int32Array.of(value[0], value[1])};
  });
}

function keyOf(name: string, leaves: readonly HostLeaf[]): string {
  return leaves.reduce((key, {path, dtype, shape}) => `${key};${path} ${dtype} ${shape}`, name);
}

function createInput(binding: Binding, {shape, dtype, data}: HostLeaf): number {
  return binding.createTensor(shape, dataTypes[dtype], data);
}

/** @throws UserError naming the operation whose values, or whose presence, differ between two calls */
function requireSame(first: Trace, second: Trace): void {
  const [nodes, others] = [first.nodes, second.nodes];
  const at = nodes.findIndex((node, i) => !others[i] || !isSame(node, others[i]));
  if (at < 0 && nodes.length === others.length) return;
  const [node, {builder}] = at < 0 ? [others[nodes.length]!, second] : [nodes[at]!, first];
  const user = nodes.find(({inputs}) => inputs.includes(node.name));
  const isValue = node.op === 'Const' && user !== undefined && others[at]?.op === 'Const';
  throw refusal(
    `${isValue ? `${user.op} takes numbers that differ` : `the operations (${node.op}) differ`} between two calls with the same inputs; a graph would repeat the first for ever. Give what changes from step to step as an input, and random numbers a key (\`keyedUniform\`).`,
    builder.origin(isValue ? user.name : node.name),
  );
}

function isSame(a: GraphNode, b: GraphNode): boolean {
  const names = Object.keys(a.attributes);
  return (
    a.name === b.name &&
    a.inputs.join() === b.inputs.join() &&
    names.join() === Object.keys(b.attributes).join() &&
    names.every((name) => a.attributes[name]!.equals(b.attributes[name]!))
  );
}

function valuesOf(template: Tree<number>, forms: readonly Form[], state: TrainState<NdArray>): NdArray[] {
  const values: NdArray[] = [];
  zipTrees(template, state as unknown as Tree<NdArray>, (i: number, array: NdArray, path) => {
    const formOf = ({dtype, shape}: Form) => `${dtype} [${shape.join(', ')}]`;
    if (formOf(array) !== formOf(forms[i]!)) throw new Error(`'${path}' is ${formOf(forms[i]!)}, got ${formOf(array)}`);
    values[i] = array;
  });
  return values;
}

/** Copies what was fetched, at once: an output may share the memory of an input, which the caller goes on using. */
function readOutputs(binding: Binding, {outputs}: Trace, results: readonly TensorInfo[]): Outputs {
  const values = new Map<string, NdArray>();
  results.forEach(({id, shape, dtype}, i) => {
    values.set(outputs[i]!.name, {shape, dtype: dtypeOf(dtype), data: binding.tensorDataSync(id)});
    binding.deleteTensor(id);
  });
  const array = (name: string): NdArray => {
    const value = values.get(name);
    if (!value || name === '') throw new Error(`there is no output '${name}', only ${[...values.keys()].join(', ')}`);
    return value;
  };
  return {
    array,
    number(name) {
      const {data, shape} = array(name);
      if (data.length !== 1) throw new Error(`output '${name}' is no scalar: its shape is [${shape.join(', ')}]`);
      return data[0]!;
    },
  };
}
