import {type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap} from 'yaml';
import {count, describeValue} from '../support/index.js';

/** Values that a document may hold with its aliases expanded: a few lists of the maximal length. */
export const MOST_VALUES = 200_000;

/** A mistake in a document, at a place in its text. */
export interface NodeProblem {
  readonly offset: number;
  readonly message: string;
}

/** What a walk through a document found. */
export interface NodeSurvey {
  readonly problems: readonly NodeProblem[];
  /** What each alias stands for. */
  readonly sources: ReadonlyMap<Alias, Node>;
}

/** Whether a pair is `<<: ...`, which takes in the keys of other mappings. */
export function isMerge({key}: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

/** A pair's key as plain data has it. */
export function keyText({key}: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

/**
 * Walks through a document once and finds what the parser lets through but a config can't hold: keys that are not strings or
 * that are repeated, aliases without an anchor or within their own, values of YAML's rarer types, and aliases that expand too
 * far.
 */
export function surveyNodes(contents: Node | null): NodeSurvey {
  const survey: Survey = {problems: [], sources: new Map(), anchors: new Map(), open: new Set(), sizes: new Map()};
  const values = visit(survey, contents);
  if (values > MOST_VALUES)
    report(survey, contents!, `it holds more than ${count(MOST_VALUES)} values, once its aliases are followed`);
  return survey;
}

interface Survey {
  readonly problems: NodeProblem[];
  readonly sources: Map<Alias, Node>;
  readonly anchors: Map<string, Node>;
  /** The collections around the current node. */
  readonly open: Set<Node>;
  /** How many values each node holds, aliases followed. */
  readonly sizes: Map<Node, number>;
}

function report(survey: Survey, node: Node, message: string): void {
  survey.problems.push({offset: node.range?.[0] ?? 0, message});
}

/** @returns how many values the node holds, aliases followed; a number that may be past all bounds */
function visit(survey: Survey, node: Node | null): number {
  if (node === null) return 1;
  if (isAlias(node)) return visitAlias(survey, node);
  if (node.anchor) survey.anchors.set(node.anchor, node);
  if (isScalar(node)) checkScalar(survey, node);
  else if (node.tag && !/:(map|seq)$/.test(node.tag)) report(survey, node, `the type ${tagName(node)} is not allowed`);
  survey.open.add(node);
  const size = 1 + childrenSize(survey, node);
  survey.open.delete(node);
  survey.sizes.set(node, size);
  return size;
}

function childrenSize(survey: Survey, node: Node): number {
  if (isSeq<Node | null>(node)) return node.items.reduce((sum, item) => sum + visit(survey, item), 0);
  return isMap<Node, Node | null>(node) ? visitPairs(survey, node) : 0;
}

function visitAlias(survey: Survey, alias: Alias): number {
  const source = survey.anchors.get(alias.source);
  if (source === undefined)
    report(survey, alias, `the alias *${alias.source} has no anchor &${alias.source} before it`);
  else if (survey.open.has(source)) report(survey, alias, `the alias *${alias.source} lies within what it stands for`);
  else survey.sources.set(alias, source);
  return (source && survey.sizes.get(source)) ?? 1;
}

function visitPairs(survey: Survey, map: YAMLMap<Node, Node | null>): number {
  const seen = new Set<string>();
  let size = 0;
  for (const pair of map.items) {
    visit(survey, pair.key);
    size += visit(survey, pair.value);
    if (isMerge(pair)) checkMerge(survey, pair);
    else checkKey(survey, pair, seen);
  }
  return size;
}

function checkKey(survey: Survey, pair: Pair<Node, Node | null>, seen: Set<string>): void {
  const {key} = pair;
  if (!isScalar(key) || key.value === null) {
    const found = isScalar(key) || key === null ? 'nothing' : isAlias(key) ? 'an alias' : describeKind(key);
    report(survey, key ?? pair.value, `a key must be a string, found ${found}`);
    return;
  }
  const text = keyText(pair);
  if (text === '__proto__') report(survey, key, 'no key can be called __proto__');
  if (seen.has(text)) report(survey, key, `the key ${text} is given twice`);
  seen.add(text);
}

function checkMerge(survey: Survey, {key, value}: Pair<Node, Node | null>): void {
  const followed = (node: Node | null) => (isAlias(node) ? survey.sources.get(node) : node);
  const source = followed(value);
  const sources = isSeq<Node | null>(source) ? source.items.map(followed) : [source];
  // An alias without an anchor has already been reported.
  const wrong = sources.find((each) => each && !isMap(each));
  if (wrong) report(survey, value ?? key, `<< takes a mapping, or a list of mappings, found ${describeKind(wrong)}`);
}

function describeKind(node: Node): string {
  if (isMap(node)) return 'a mapping';
  if (!isScalar(node)) return 'a list';
  return node.value === null ? 'nothing' : describeValue(node.value);
}

/** YAML 1.1 has types that look like strings. */
function checkScalar(survey: Survey, node: Scalar): void {
  const {value, source} = node;
  if (value === null || ['string', 'number', 'boolean', 'symbol'].includes(typeof value)) return;
  const what = value instanceof Date ? `${source} is a date in YAML 1.1` : `the type ${tagName(node)} is not allowed`;
  report(survey, node, `${what}; put it in quotes if a string is meant`);
}

/** `!!binary` */
function tagName({tag}: Node): string {
  return tag?.replace('tag:yaml.org,2002:', '!!') ?? '';
}
