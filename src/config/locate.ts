import {isAlias, isScalar, type Node} from 'yaml';
import type {Child, YamlTree} from './yaml-tree.js';

export type ConfigPath = readonly (string | number)[];

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the parts of a document in its text; aliases and merge keys are followed to where a value is written. */
export interface Locator {
  has(path: ConfigPath): boolean;
  /** The place of a path, or of its nearest existing parent. @param ofKey - the key's place, not its value's */
  placeOf(path: ConfigPath, ofKey: boolean): Position;
  /** A scalar as it is written: `1.0` and `1` are one number. Undefined where there is none. */
  sourceOf(path: ConfigPath): string | undefined;
}

/** `schedule.alter_decays[1]` */
export function pathText(path: ConfigPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export interface LocatorOptions {
  readonly contents: Node | null;
  readonly tree: YamlTree;
  /** Line and column of an offset in the text. */
  readonly at: (offset: number) => Position;
}

export function createLocator({contents, tree, at}: LocatorOptions): Locator {
  /** The children along a path, as far as they exist. */
  const along = (path: ConfigPath): Child[] => {
    const children: Child[] = [];
    let node = tree.followed(contents);
    for (const part of path) {
      const child = tree.childOf(node, part);
      if (!child) break;
      children.push(child);
      node = tree.followed(child.value);
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
    sourceOf(path) {
      const children = along(path);
      const node = children.length === path.length ? tree.followed(children.at(-1)?.value ?? null) : null;
      return isScalar(node) ? node.source : undefined;
    },
  };
}
