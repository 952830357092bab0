import {type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap} from 'yaml';
import {isMerge, keyText} from './yaml-nodes.js';

export type ConfigPath = readonly (string | number)[];

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the parts of a document in its text; aliases and merge keys are followed to where a value is written. */
export interface Locator {
  has(path: ConfigPath): boolean;
  /** Where a path leads to, or the nearest thing around it that is there. @param ofKey - the key's place, not its value's */
  placeOf(path: ConfigPath, ofKey: boolean): Position;
}

/** `schedule.alter_decays[1]` */
export function pathText(path: ConfigPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export interface LocatorOptions {
  readonly contents: Node | null;
  /** What each alias stands for. */
  readonly sources: ReadonlyMap<Alias, Node>;
  /** Line and column of an offset in the text. */
  readonly at: (offset: number) => Position;
}

type Child = {readonly key?: Node; readonly value: Node | null};

export function createLocator({contents, sources, at}: LocatorOptions): Locator {
  const followed = (node: Node | null): Node | null => (isAlias(node) ? (sources.get(node) ?? null) : node);
  const indices = new Map<YAMLMap, ReadonlyMap<string, Child>>();
  const indexOf = (map: YAMLMap<Node, Node | null>): ReadonlyMap<string, Child> => {
    const index = indices.get(map) ?? indexed(map);
    indices.set(map, index);
    return index;
  };
  /** A mapping's own keys, then those that it merges. */
  const indexed = ({items}: YAMLMap<Node, Node | null>): Map<string, Child> => {
    const own = items.filter((pair) => !isMerge(pair));
    const index = new Map<string, Child>(own.map((pair) => [keyText(pair), pair]));
    for (const map of items.filter(isMerge).flatMap((pair) => mergedBy(pair)))
      for (const [key, child] of indexOf(map)) if (!index.has(key)) index.set(key, child);
    return index;
  };
  const mergedBy = ({value}: Pair<Node, Node | null>): YAMLMap<Node, Node | null>[] => {
    const source = followed(value);
    const all = isSeq<Node | null>(source) ? source.items.map(followed) : [source];
    return all.filter((each) => isMap<Node, Node | null>(each));
  };
  const childOf = (node: Node | null, part: string | number): Child | undefined => {
    if (isMap<Node, Node | null>(node)) return indexOf(node).get(String(part));
    if (!isSeq<Node | null>(node) || !(Number(part) < node.items.length)) return undefined;
    return {value: node.items[Number(part)] ?? null};
  };
  /** The children along a path, as far as it leads. */
  const along = (path: ConfigPath): Child[] => {
    const children: Child[] = [];
    let node = followed(contents);
    for (const part of path) {
      const child = childOf(node, part);
      if (!child) break;
      children.push(child);
      node = followed(child.value);
    }
    return children;
  };
  return {
    has: (path) => along(path).length === path.length,
    placeOf(path, ofKey) {
      const places = along(path).map(({key, value}) => {
        const isValue = !key || (!ofKey && (isScalar(value) || isAlias(value)));
        return (isValue ? value : key)?.range?.[0];
      });
      return at(places.findLast((offset) => offset !== undefined) ?? contents?.range?.[0] ?? 0);
    },
  };
}
