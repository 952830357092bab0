import {type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap} from 'yaml';
import {isMerge, keyText} from './yaml-nodes.js';

/** What a mapping or a list holds: the value, and in a mapping its key. */
export interface Child {
  readonly key?: Node;
  readonly value: Node | null;
}

type Mapping = YAMLMap<Node, Node | null>;

/** A document's nodes with aliases and merge keys resolved. */
export interface YamlTree {
  followed(node: Node | null): Node | null;
  /** @returns undefined if the node has no such child */
  childOf(node: Node | null, part: string | number): Child | undefined;
  /** Plain data. What an alias stands for is the same object in each place. */
  valueOf(node: Node | null): unknown;
}

/** @param sources - what each alias stands for; none within itself */
export function createTree(sources: ReadonlyMap<Alias, Node>): YamlTree {
  const followed = (node: Node | null): Node | null => (isAlias(node) ? (sources.get(node) ?? null) : node);
  const keysOf = createKeys(followed);
  const values = new Map<Node, unknown>();
  const made = (node: Node): unknown => {
    if (isSeq<Node | null>(node)) return node.items.map(plain);
    if (!isMap<Node, Node | null>(node)) return isScalar(node) ? node.value : null;
    return Object.fromEntries([...keysOf(node)].map(([key, {value}]) => [key, plain(value)]));
  };
  const plain = (node: Node | null): unknown => {
    const source = followed(node);
    if (source === null) return null;
    if (!values.has(source)) values.set(source, made(source));
    return values.get(source);
  };
  return {
    followed,
    valueOf: plain,
    childOf(node, part) {
      if (isMap<Node, Node | null>(node)) return keysOf(node).get(String(part));
      if (!isSeq<Node | null>(node) || !(Number(part) < node.items.length)) return undefined;
      return {value: node.items[Number(part)] ?? null};
    },
  };
}

/** A function that gives a mapping's own keys, then those that it merges; each mapping is looked through once. */
function createKeys(followed: YamlTree['followed']): (map: Mapping) => ReadonlyMap<string, Child> {
  const known = new Map<Mapping, ReadonlyMap<string, Child>>();
  const mergedBy = ({value}: Pair<Node, Node | null>): Mapping[] => {
    const source = followed(value);
    const all = isSeq<Node | null>(source) ? source.items.map(followed) : [source];
    return all.filter((each) => isMap<Node, Node | null>(each));
  };
  const found = ({items}: Mapping): Map<string, Child> => {
    const own = items.filter((pair) => !isMerge(pair));
    const keys = new Map<string, Child>(own.map((pair) => [keyText(pair), pair]));
    for (const map of items.filter(isMerge).flatMap(mergedBy))
      for (const [key, child] of keysOf(map)) if (!keys.has(key)) keys.set(key, child);
    return keys;
  };
  const keysOf = (map: Mapping): ReadonlyMap<string, Child> => {
    const keys = known.get(map) ?? found(map);
    known.set(map, keys);
    return keys;
  };
  return keysOf;
}
