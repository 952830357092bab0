/** Nested plain objects with leaves of type `T`: parameters, gradients, optimizer state. `{}` is the empty tree. */
export type Tree<T> = T | {readonly [name: string]: Tree<T>};

/** A leaf with the names that lead to it. */
export interface Leaf<T> {
  /** Names from the root joined by `/`, as in `layer0/kernel`; empty if the tree is itself a leaf. */
  readonly path: string;
  readonly value: T;
}

/** A tree that is not a leaf. */
export interface Branch<T> {
  readonly [name: string]: Tree<T>;
}

/** Whether a tree is a branch: a plain object that is not an `NdArray` (with `data`, `shape`, `dtype`). */
export function isBranch<T>(tree: Tree<T>): tree is Branch<T> {
  if (tree === null || typeof tree !== 'object' || Object.getPrototypeOf(tree) !== Object.prototype) return false;
  if (!('data' in tree && 'shape' in tree && 'dtype' in tree)) return true;
  // A branch may have children of these names. The data comes last: rows of a larger array are copied when theirs is asked for.
  return !(Array.isArray(tree.shape) || typeof tree.dtype === 'string' || ArrayBuffer.isView(tree.data));
}

/** A name in which `/` is `~1` and `~` is `~0`, as in JSON Pointer (RFC 6901): no two leaves share a path of such names. */
export function escapedName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The leaves in the order in which the trees' keys were written. */
export function leavesOf<T>(tree: Tree<T>, path = ''): Leaf<T>[] {
  if (!isBranch(tree)) return [{path, value: tree as T}];
  return Object.entries(tree).flatMap(([name, child]) => leavesOf<T>(child, path === '' ? name : `${path}/${name}`));
}

/** The same tree with `change(leaf, path)` in place of each leaf. */
export function mapTree<T, U>(tree: Tree<T>, change: (leaf: T, path: string) => U, path = ''): Tree<U> {
  if (!isBranch(tree)) return change(tree as T, path);
  return Object.fromEntries(
    Object.entries(tree).map(([name, child]) => [
      name,
      mapTree<T, U>(child, change, path === '' ? name : `${path}/${name}`),
    ]),
  );
}

/** Two trees are not of one structure. */
export class StructureError extends Error {
  override name = 'StructureError';
}

/**
 * Combines two trees of one structure leaf by leaf; the result's keys are in the first tree's order.
 * @throws StructureError naming the path at which the structures differ, and what is missing in the second or unexpected there
 */
export function zipTrees<A, B, C>(
  a: Tree<A>,
  b: Tree<B>,
  combine: (a: A, b: B, path: string) => C,
  path = '',
): Tree<C> {
  if (!isBranch(a) && !isBranch(b)) return combine(a as A, b as B, path);
  if (!isBranch(a) || !isBranch(b) || !sameKeys(a, b))
    throw new StructureError(`trees differ in structure at '${path || '(root)'}': ${difference(a, b)}`);
  return Object.fromEntries(
    Object.entries(a).map(([name, child]) => [
      name,
      zipTrees<A, B, C>(child, b[name] as Tree<B>, combine, path === '' ? name : `${path}/${name}`),
    ]),
  );
}

function sameKeys(a: object, b: object): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name));
}

/** How the second tree differs from the first, as text. */
function difference<A, B>(a: Tree<A>, b: Tree<B>): string {
  if (!isBranch(a)) return 'there is a branch instead of a leaf';
  if (!isBranch(b)) return `there is a leaf instead of a branch with ${namesOf(Object.keys(a))}`;
  const missing = Object.keys(a).filter((name) => !Object.hasOwn(b, name));
  const further = Object.keys(b).filter((name) => !Object.hasOwn(a, name));
  return [
    missing.length > 0 ? `missing ${namesOf(missing)}` : '',
    further.length > 0 ? `unexpected ${namesOf(further)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** `'kernel', 'bias'`; of many, the first few. */
function namesOf(names: readonly string[]): string {
  const listed = names.slice(0, 5).map((name) => `'${name}'`);
  return [...listed, ...(names.length > 5 ? ['...'] : [])].join(', ');
}
