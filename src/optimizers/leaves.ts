import {type Branch, isBranch, leavesOf, mapTree, type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {section} from '../engine/index.js';

/**
 * The leaves of a tree in the order of another's, which has its structure.
 * @throws StructureError naming the path at which the structures differ
 */
export function leavesInOrderOf<T = Tensor>(structure: Tree<Tensor>, tree: Tree<T>): T[] {
  return leavesOf(zipTrees<Tensor, T, T>(structure, tree, (_, leaf) => leaf)).map(({value}) => value);
}

/** What a tree has in place of each leaf of another, in the order of `leavesOf`: several values for a parameter, say. */
export function subtreesInOrderOf<T>(structure: Tree<Tensor>, tree: Tree<T>): Tree<T>[] {
  if (!isBranch(structure)) return [tree];
  return Object.entries(structure).flatMap(([name, child]) => subtreesInOrderOf(child, (tree as Branch<T>)[name]!));
}

/** A tree of that structure with these leaves, or trees in their place, in the order of `leavesOf`. */
export function treeOfLeaves(structure: Tree<Tensor>, leaves: readonly Tree<Tensor>[]): Tree<Tensor> {
  let next = 0;
  return mapTree<Tensor, Tensor>(structure, () => leaves[next++]! as Tensor);
}

/**
 * Makes new trees leaf by leaf of trees of one structure. What is made on the way is freed after each leaf.
 * @param outputs - the names of what `change` gives
 * @throws StructureError naming the path at which the structures differ
 */
export function changeLeaves<I extends string, O extends string>(
  trees: {readonly [name in I]: Tree<Tensor>},
  outputs: readonly O[],
  change: (leaf: {readonly [name in I]: Tensor}) => {readonly [name in O]: Tensor},
): {readonly [name in O]: Tree<Tensor>} {
  const names = Object.keys(trees) as I[];
  const structure = trees[names[0]!];
  const columns = names.map((name) => leavesInOrderOf(structure, trees[name]));
  const changed = columns[0]!.map((_, i) => {
    const leaf = Object.fromEntries(names.map((name, column) => [name, columns[column]![i]!]));
    return section(() => change(leaf as {[name in I]: Tensor}));
  });
  const treeOf = (output: O) =>
    treeOfLeaves(
      structure,
      changed.map((each) => each[output]),
    );
  return Object.fromEntries(outputs.map((output) => [output, treeOf(output)])) as {[name in O]: Tree<Tensor>};
}
