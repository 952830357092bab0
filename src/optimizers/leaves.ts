import {leavesOf, mapTree, type Tensor, type Tree, zipTrees} from '../contract/index.js';

/**
 * The leaves of a tree in the order of another's, which has its structure.
 * @throws StructureError naming the path at which the structures differ
 */
export function leavesInOrderOf(structure: Tree<Tensor>, tree: Tree<Tensor>): Tensor[] {
  return leavesOf(zipTrees<Tensor, Tensor, Tensor>(structure, tree, (_, leaf) => leaf)).map(({value}) => value);
}

/** A tree of that structure with these leaves, in the order of `leavesOf`. */
export function treeOfLeaves(structure: Tree<Tensor>, leaves: readonly Tensor[]): Tree<Tensor> {
  let next = 0;
  return mapTree<Tensor, Tensor>(structure, () => leaves[next++]!);
}
