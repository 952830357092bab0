import type {GraphFunctions, HostData, OutputForm} from '../binding.js';
import {attribute, type GraphFunction, type GraphNode, nodeOf} from '../graph-def.js';
import type {OpCall, OperationResults, TensorForm} from '../operation-results.js';
import {ownOutputForms} from '../own-operations.js';
import {idWithoutValues} from '../without-values.js';

/** The shapes and types of an operation's results are unknown until it runs. */
export class UnknownForm extends Error {
  /** The operation's node. */
  readonly node: string;
  constructor(message: string, node: string) {
    super(message);
    this.node = node;
  }
}

/** An entry's part of a session's graph. Its nodes' names begin with a prefix there; the variables' handles are all entries'. */
export interface GraphPart {
  /** Adds a node. Inputs, and values of variables, are added when something takes them. @throws UnknownForm if TensorFlow does not accept it */
  add(node: GraphNode): void;
  /** Adds nodes that are in no certain order. */
  addAll(nodes: readonly GraphNode[]): void;
  /** Results without values of what was added, whose forms TensorFlow infers: nothing is executed. */
  readonly results: OperationResults;
  /** The same for a call that is recorded again, without adding anything. */
  readonly knownResults: OperationResults;
  /** The name in the session's graph. @param ref - `node`, `node:1` or `^node` */
  nameOf(ref: string): string;
}

/**
 * The outputs of `FusedBatchNormV3` and of its gradient that TensorFlow infers no shape for: what one kernel leaves for the other,
 * or nothing.
 */
const OF_ANY_SHAPE = new Map([
  ['FusedBatchNormV3', new Set([5])],
  ['FusedBatchNormGradV3', new Set([3, 4])],
]);

const ADDED_WHEN_TAKEN = new Set(['ReadVariableOp', 'Placeholder']);

/** @param prefix - of the names of this part's nodes */
export function growGraph(functions: GraphFunctions, session: object, prefix: string): GraphPart {
  const waiting = new Map<string, GraphNode>();
  const {handles, nameOf} = namesUnder(prefix);
  const functionNames = new Set<string>();
  const outputs = new Map<string, readonly OutputForm[]>();

  function addNow(node: GraphNode): void {
    const {name, op, inputs} = node;
    for (const input of inputs) addWaiting(nodeOf(input));
    const attributes = attributesOf(node, functionOf);
    try {
      outputs.set(name, functions.addNode(session, {name: nameOf(name), op, inputs: inputs.map(nameOf), attributes}));
    } catch (error) {
      // Executing it gives the error messages of tfjs and TensorFlow.
      throw new UnknownForm((error as Error).message, name);
    }
  }

  /** @returns its name in the session's graph */
  function functionOf({nodes, inputs, outputs, ...own}: GraphFunction): string {
    const name = nameOf(own.name).replaceAll('/', '_');
    if (functionNames.has(name)) return name;
    functionNames.add(name);
    for (const input of inputs) addWaiting(nodeOf(input));
    const [taken, given] = [inputs, outputs].map((refs) => refs.map(nameOf));
    functions.addFunction(session, {name, nodes: nodes.map(nameOf), inputs: taken!, outputs: given!});
    return name;
  }

  function addWaiting(name: string): void {
    const node = waiting.get(name);
    if (!node) return;
    waiting.delete(name);
    addNow(node);
  }

  function formsOf(call: OpCall, node: string, inputs: readonly TensorForm[]): readonly TensorForm[] {
    const own = ownOutputForms(call, inputs);
    if (!own) return knownForms(call, node, outputs.get(node)!);
    const shapes = own.map(({shape}) => shape);
    functions.setShapes(session, nameOf(node), shapes);
    return own;
  }

  const grown = {
    add(node: GraphNode): void {
      if (node.op === 'VarHandleOp') handles.add(node.name);
      else if (ADDED_WHEN_TAKEN.has(node.op)) waiting.set(node.name, node);
      else addNow(node);
    },
    addAll(nodes: readonly GraphNode[]): void {
      for (const node of nodes) {
        if (node.op === 'VarHandleOp') handles.add(node.name);
        else waiting.set(node.name, node);
      }
      for (const {name} of nodes) addWaiting(name);
    },
  };
  return {...grown, ...resultsBy(formsOf), nameOf};
}

/** A node's attributes, those among them that name the functions it calls. */
function attributesOf(
  {attributes, functions = {}}: GraphNode,
  nameOf: (made: GraphFunction) => string,
): GraphNode['attributes'] {
  const calls = Object.entries(functions).map(([key, made]) => [key, attribute.func(nameOf(made))]);
  return {...attributes, ...Object.fromEntries(calls)};
}

/** Names of nodes in the session's graph: of all but the variables' handles with the prefix. */
function namesUnder(prefix: string): Pick<GraphPart, 'nameOf'> & {readonly handles: Set<string>} {
  const handles = new Set<string>();
  const nameOf = (ref: string): string => {
    const wait = ref.startsWith('^') ? '^' : '';
    const own = ref.slice(wait.length);
    return handles.has(own) ? ref : `${wait}${prefix}${own}`;
  };
  return {handles, nameOf};
}

/** @param formsOf - gives the forms of an operation's outputs, which are kept */
function resultsBy(formsOf: FormsOf): Pick<GraphPart, 'results' | 'knownResults'> {
  const known = new Map<string, readonly TensorForm[]>();
  const results = withoutValues((call, node, inputs) => {
    const forms = formsOf(call, node, inputs);
    known.set(node, forms);
    return forms;
  });
  return {results, knownResults: withoutValues((_, node) => known.get(node)!)};
}

type FormsOf = (call: OpCall, node: string, inputs: readonly TensorForm[]) => readonly TensorForm[];

function withoutValues(formsOf: FormsOf): OperationResults {
  return {
    of: (...given) => formsOf(...given).map(({dtype, shape}) => ({id: idWithoutValues(), dtype, shape})),
    createTensor: (_shape: readonly number[], _dtype: number, _data: HostData) => idWithoutValues(),
    canLoop: true,
    dispose() {},
  };
}

function knownForms({op, outputs}: OpCall, node: string, forms: readonly OutputForm[]): TensorForm[] {
  if (forms.length !== outputs) throw new UnknownForm(`${op} gives ${forms.length} tensors, not ${outputs}`, node);
  return forms.map(({dtype, shape}, i) => {
    if (OF_ANY_SHAPE.get(op)?.has(i)) return {dtype, shape: [0]};
    if (shape?.every((dimension) => dimension >= 0)) return {dtype, shape};
    throw new UnknownForm(`the shape of output ${i} of ${op} depends on values`, node);
  });
}
