import {type Document, LineCounter, type Node, parseAllDocuments} from 'yaml';
import {createLocator, type Locator, type Position} from './locate.js';
import {surveyNodes} from './yaml-nodes.js';
import {createTree} from './yaml-tree.js';

/** A mistake in a YAML text. */
export interface YamlProblem extends Position {
  readonly message: string;
  /** Whether it is valid YAML, and only more than can be read. */
  readonly isLimit?: boolean;
}

/** One YAML document as plain data, and where each part of it stands. */
export interface ParsedYaml {
  /** All that keeps the text from being one document of plain data; the value is undefined then. */
  readonly problems: readonly YamlProblem[];
  /** Undefined: there is no document, or it is empty. */
  readonly value: unknown;
  readonly locator: Locator;
}

/**
 * Parses one YAML document: YAML 1.2 (or 1.1 where a `%YAML 1.1` says so) with merge keys. Takes time in proportion to the
 * text, whatever it contains.
 */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  // The survey finds repeated keys: the parser would compare each key with all before it.
  const options = {lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: true};
  const parsed = parseAllDocuments(text, options);
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const survey = surveyNodes((documents[0]?.contents ?? null) as Node | null);
  const at = (offset: number): Position => {
    const {line, col} = lines.linePos(offset);
    return {line: Math.max(1, line), column: Math.max(1, col)};
  };
  const errors = syntaxProblems(documents);
  const found = errors.length > 0 ? errors : [...survey.problems, ...furtherDocument(documents)];
  const problems = found.map(({offset, ...problem}) => ({...at(offset), ...problem}));
  const contents = (documents[0]?.contents ?? null) as Node | null;
  // The parser's own way to plain data looks each alias up among all others.
  const tree = createTree(survey.sources);
  const value = problems.length > 0 ? undefined : (tree.valueOf(contents) ?? undefined);
  return {problems, value, locator: createLocator({contents, tree, at})};
}

function syntaxProblems(documents: readonly Document[]): (Omit<YamlProblem, keyof Position> & {offset: number})[] {
  const errors = documents.flatMap(({errors, warnings}) => [...errors, ...warnings]);
  const reported = errors.map((error) => ({offset: error.pos[0], message: messageOf(error)}));
  // The parser gives up on what is nested too deeply, and every level above reports the same error.
  if (errors.some(isTooDeep)) return [{offset: reported[0]!.offset, message: TOO_DEEP, isLimit: true}];
  return reported.filter(
    (each, i) => each.message !== reported[i - 1]?.message || each.offset !== reported[i - 1]?.offset,
  );
}

function furtherDocument(documents: readonly Document[]): {offset: number; message: string}[] {
  if (documents.length < 2) return [];
  const message = `there must be one document, found ${documents.length}; this is where the second one begins`;
  return [{offset: documents[1]!.range?.[0] ?? 0, message}];
}

const TOO_DEEP = 'lists or mappings are nested too deeply to be read; a few levels are enough';

/** Whether lists and mappings within each other were more than the parser's stack holds: some hundred levels. */
function isTooDeep({message}: Error): boolean {
  return message.includes('call stack');
}

function messageOf(error: Error): string {
  const tag = /^Unresolved tag: (.+)$/.exec(error.message)?.[1];
  return tag === undefined ? error.message : `the type ${tag} is not allowed`;
}
