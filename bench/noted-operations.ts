import {sizeOf} from '../src/contract/index.js';
import {
  attribute,
  attributeKinds,
  type DescribedRun,
  dataTypes,
  type GraphFunction,
  type GraphNode,
  type HostData,
  type OutputForm,
  reachable,
  shareOwnOperations,
  tensorflowBackend,
} from '../src/engine/tensorflow/index.js';
import {type Addon, type AddonMembers, replaceBinding} from './with-binding.js';

/** An operation, and TensorFlow's numbers of the types that it is for, by attribute. */
export interface NotedOperation {
  readonly op: string;
  readonly types: {readonly [attribute: string]: number};
}

export interface Notes {
  /** The operations of the graphs that were made ready to run since the call before, and those that were executed by themselves. */
  take(): NotedOperation[];
  end(): void;
}

export interface NotingOptions {
  /** Further functions in the addon's place. */
  readonly members?: AddonMembers;
  /** Whether graphs run; else what they give is zeros, and nothing is computed. */
  readonly isRunning: boolean;
}

/** What is done once for a graph, and is no part of it. */
const OUTSIDE = new Set(['BeginReleasingPages', 'EndReleasingPages']);

/** A session's graph as it grows. */
interface Graph {
  readonly nodes: GraphNode[];
  readonly functions: GraphFunction[];
  readonly forms: Map<string, readonly OutputForm[]>;
}

/** Takes note of every operation that TensorFlow is given from now on. */
export function noteOperations({members = {}, isRunning}: NotingOptions): Notes {
  const graphs = new Map<object, Graph>();
  const zeros = new WeakMap<object, () => HostData[]>();
  let noted: NotedOperation[] = [];
  const noting = (own: Addon): AddonMembers => ({
    openSession(config) {
      const session = own.openSession(config);
      graphs.set(session, {nodes: [], functions: [], forms: new Map()});
      return session;
    },
    addNode(session, node) {
      const forms = own.addNode(session, node);
      const graph = graphs.get(session)!;
      graph.nodes.push(node);
      graph.forms.set(node.name, forms);
      return forms;
    },
    addFunction(session, made) {
      graphs.get(session)!.functions.push(made);
      own.addFunction(session, made);
    },
    prepareRun(session, described) {
      const run = own.prepareRun(session, described);
      const graph = graphs.get(session)!;
      noted.push(...nodesOf(graph, [...described.fetches, ...described.targets]).map(operationOf));
      zeros.set(run, () => zerosFor(graph, described));
      return run;
    },
    executeOp(op, attributes, inputs, outputs) {
      const types = attributes.filter(({type}) => type === attributeKinds.type);
      if (!OUTSIDE.has(op)) noted.push({op, types: Object.fromEntries(types.map(({name, value}) => [name, value]))});
      return own.executeOp(op, attributes, inputs, outputs);
    },
    ...(!isRunning && {callRun: (run) => zeros.get(run)!()}),
    ...members,
  });
  const {binding} = tensorflowBackend();
  const end = replaceBinding(noting);
  // Whether it has the addon's operations is found by executing one.
  shareOwnOperations(binding, tensorflowBackend().binding);
  return {
    take() {
      const taken = noted;
      noted = [];
      return taken;
    },
    end,
  };
}

/** What `roots` need, with what is in the functions that they call. */
function nodesOf({nodes, functions}: Graph, roots: readonly string[]): GraphNode[] {
  const needed = reachable(nodes, roots);
  const called = functions.filter(({name}) => needed.some((node) => calls(node, name)));
  const bodies = called.flatMap(({nodes: names}) => nodes.filter((node) => names.includes(node.name)));
  return [...needed, ...bodies];
}

function calls({attributes}: GraphNode, name: string): boolean {
  return Object.values(attributes).some((value) => value.equals(attribute.func(name)));
}

function operationOf({op, attributes}: GraphNode): NotedOperation {
  const types = Object.entries(attributes).flatMap(([name, value]) => {
    const type = Object.values<number>(dataTypes).find((each) => value.equals(attribute.type(each)));
    return type === undefined ? [] : [[name, type] as const];
  });
  return {op, types: Object.fromEntries(types)};
}

function zerosFor({forms}: Graph, {fetches}: DescribedRun): HostData[] {
  return fetches.map((ref) => {
    const [name, output = '0'] = ref.split(':') as [string, string?];
    const {dtype, shape} = forms.get(name)![Number(output)]!;
    if (!shape || shape.includes(-1)) throw new Error(`the shape of ${ref} is not known before it is run`);
    const size = sizeOf(shape);
    if (dtype === dataTypes.float32) return new Float32Array(size);
    return dtype === dataTypes.int32 ? new Int32Array(size) : new Uint8Array(size);
  });
}
