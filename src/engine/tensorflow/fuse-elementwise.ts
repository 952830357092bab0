import type {Instruction} from './elementwise.js';
import {type ElementwiseProgram, elementwiseProgram} from './elementwise-program.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, type GraphNode, nodeOf, reachable} from './graph-def.js';
import {MOST_ELEMENTS} from './own-operations.js';
import {addRowsToProducts, type RowSum} from './rows-in-products.js';

/** What may be fused, by the nodes' names. */
export interface Fusable {
  readonly instructions: ReadonlyMap<string, Instruction>;
  readonly rowSums: ReadonlyMap<string, RowSum>;
}

/**
 * Adds fused operations of the addon in place of element-wise ones, and once more every operation behind them, with what is fused
 * as its inputs. What is not needed any more stays in the graph, where nothing asks for it.
 * @param taken - the outputs of nodes that are needed
 * @returns the output in place of an old one
 */
export function fuseElementwise(
  graph: GraphBuilder,
  taken: readonly string[],
  {instructions, rowSums}: Fusable,
): (ref: string) => string {
  const moved = addRowsToProducts(graph, taken, rowSums);
  if (instructions.size === 0 && moved.size === 0) return (ref) => ref;
  const nodes = reachable(graph.nodes, taken);
  const levels = levelsOf(nodes, instructions);
  const isOutside = usersOutside(nodes, taken, levels);
  for (const {others, groups} of levels) {
    for (const node of others) if (!moved.has(node.name)) addMoved(graph, node, moved);
    for (const chains of groups) {
      if (chains.flat().length > 1) addFused(graph, chains, isOutside, moved);
      else addMoved(graph, nodes.find(({name}) => name === chains[0]![0]!.name)!, moved);
    }
  }
  return (ref) => movedRef(ref, moved);
}

type Group = readonly (readonly Instruction[])[];

function addFused(
  graph: GraphBuilder,
  chains: Group,
  isOutside: (name: string) => boolean,
  moved: Map<string, string>,
): void {
  const program = elementwiseProgram(chains, isOutside);
  const inputs = program.inputs.map((input) => movedRef(input, moved));
  const name = graph.add('Elementwise', inputs, attributesOf(program));
  program.outputs.forEach((output, i) => void moved.set(output, i === 0 ? name : `${name}:${i}`));
}

function addMoved(graph: GraphBuilder, {name, ...node}: GraphNode, moved: Map<string, string>): void {
  const inputs = node.inputs.map((input) => movedRef(input, moved));
  if (inputs.some((input, i) => input !== node.inputs[i])) moved.set(name, graph.addNode({...node, inputs}));
}

/** @param ref - `node` or `node:1`; control inputs, which are added later, are none of these */
function movedRef(ref: string, moved: ReadonlyMap<string, string>): string {
  const [name, output] = ref.split(':') as [string, string?];
  const now = moved.get(name);
  return now === undefined || output === undefined ? (now ?? ref) : `${now}:${output}`;
}

function attributesOf({inputs, outputs, program, chains, shapes, inPlace, ones, blocks}: ElementwiseProgram) {
  return {
    N: attribute.int(inputs.length),
    M: attribute.int(outputs.length),
    program: attribute.ints(program),
    chains: attribute.ints(chains),
    shapes: attribute.ints(shapes),
    in_place: attribute.ints(inPlace),
    ones: attribute.int(ones),
    blocks: attribute.int(blocks),
  };
}

/** Whether an instruction's result is used outside its group. */
function usersOutside(
  nodes: readonly GraphNode[],
  taken: readonly string[],
  levels: readonly Level[],
): (name: string) => boolean {
  const groups = levels.flatMap(({groups}) => groups);
  const group = new Map(groups.flatMap((chains, i) => chains.flat().map(({name}) => [name, i] as const)));
  const used = new Set(taken.map(nodeOf));
  for (const {name, inputs} of nodes) {
    for (const input of inputs.map(nodeOf)) if (group.get(input) !== group.get(name)) used.add(input);
  }
  return (name) => used.has(name);
}

/** What depends on nothing behind it: first the operations that are not fused, then the groups to fuse. */
interface Level {
  readonly others: GraphNode[];
  /** No path leads out of a group and back into it; each comes after those that it depends on. */
  readonly groups: readonly Group[];
}

function levelsOf(nodes: readonly GraphNode[], instructions: ReadonlyMap<string, Instruction>): Level[] {
  const depths = new Map<string, number>();
  const levels: {others: GraphNode[]; own: Instruction[]}[] = [];
  for (const node of nodes) {
    const instruction = instructions.get(node.name);
    const before = node.inputs.map(nodeOf).map((input) => {
      // What depends on a fused operation and is not element-wise is one level deeper.
      return depths.get(input)! + (instructions.has(input) && !instruction ? 1 : 0);
    });
    const depth = Math.max(0, ...before);
    depths.set(node.name, depth);
    while (levels.length <= depth) levels.push({others: [], own: []});
    if (instruction) levels[depth]!.own.push(instruction);
    else levels[depth]!.others.push(node);
  }
  return levels.map(({others, own}) => ({others, groups: groupsOf(own)}));
}

function groupsOf(instructions: readonly Instruction[]): Group[] {
  if (instructions.length === 0) return [];
  const chains = chainsOf(instructions);
  const elements = chains.reduce((sum, [first]) => sum + first!.size, 0);
  return elements <= MOST_ELEMENTS ? [chains] : chains.map((chain) => [chain]);
}

/** Instructions that share values of more than one element, in order; first the chain on single numbers. */
function chainsOf(level: readonly Instruction[]): Instruction[][] {
  const chainOf = new Map<string, Instruction[]>();
  for (const instruction of level) {
    const shared = instruction.operands.filter(({size}) => size > 1).map(({ref}) => ref);
    const refs = instruction.size === 1 ? [''] : [...shared, instruction.name];
    const joined = [...new Set(refs.flatMap((ref) => chainOf.get(ref) ?? []))];
    const chain = [...joined, instruction];
    const own = new Set([
      ...refs,
      ...joined.flatMap(({name, operands}) => [name, ...operands.filter(({size}) => size > 1).map(({ref}) => ref)]),
    ]);
    for (const ref of own) chainOf.set(ref, chain);
  }
  const place = new Map(level.map((instruction, i) => [instruction, i]));
  const chains = [...new Set(chainOf.values())].map((chain) => chain.sort((a, b) => place.get(a)! - place.get(b)!));
  return chains.sort((a, b) => Number(a[0]!.size > 1) - Number(b[0]!.size > 1));
}
