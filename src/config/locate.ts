import {type Document, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair} from 'yaml';

export type ConfigPath = readonly (string | number)[];

/** `schedule.alter_decays[1]` */
export function pathText(path: ConfigPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** Line and column of what a path leads to, or of the nearest thing around it that is in the file; both count from 1. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  path: ConfigPath,
  ofKey: boolean,
): {line: number; column: number} {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === part) : undefined;
    const next = pair
      ? (pair.value as Node | null)
      : isSeq(node)
        ? (node.items[Number(part)] as Node | undefined)
        : undefined;
    const start = pair && (ofKey || !isScalar(next)) ? (pair.key as Node) : next;
    if (!start?.range) break;
    offset = start.range[0];
    node = isPair(next) ? null : (next ?? null);
  }
  const {line, col} = lines.linePos(offset);
  return {line: Math.max(1, line), column: Math.max(1, col)};
}

function keyOf({key}: Pair): unknown {
  return isScalar(key) ? key.value : key;
}
