import {constants} from 'node:buffer';
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {count, UserError} from '../support/index.js';
import {dataPieces, withDataFile} from './data-files.js';

/** A text that stands by itself: a file, or a line of a file of JSON lines. */
export interface TextDocument {
  /** The file's path; of a JSON line with its number. */
  readonly name: string;
  /** As the file has them, in whatever encoding: not empty. */
  readonly bytes: Buffer;
}

/** A document is read as a whole. */
const MOST_BYTES = 2 ** 31 - 1;

/** A line of JSON is read as a string, of which Node has none longer. */
const MOST_LINE_BYTES = constants.MAX_STRING_LENGTH;

/**
 * All files below some paths, by name; hidden ones are left out.
 * @param givenBy - what named the paths, for the message
 * @throws UserError if one of them is not there, or has no file
 */
export function findTextFiles(paths: readonly string[], givenBy: string): string[] {
  return paths.flatMap((path) => {
    const files = filesBelow(path, givenBy);
    if (files.length === 0)
      throw new UserError(`${givenBy}: there is no file in '${path}'; name a text, or a folder that has texts`);
    return files;
  });
}

function filesBelow(path: string, givenBy: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => !name.startsWith('.'));
    return names.sort().flatMap((name) => filesBelow(join(path, name), givenBy));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const {code, message} = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? `there is no file or folder '${path}'` : `'${path}' can't be read: ${message}`;
    throw new UserError(`${givenBy}: ${problem}`, {cause});
  }
}

/**
 * The documents of a file: each line's field `text` of a .jsonl, else the whole file; both may be packed as .gz. Empty ones are left
 * out.
 * @throws UserError naming the file and the line, if it can't be read, is no text, or is too large
 */
export async function* readDocuments(file: string): AsyncGenerator<TextDocument> {
  if (!/\.jsonl(\.gz)?$/i.test(file)) {
    const bytes = await withDataFile(file, ({start}) => start(MOST_BYTES + 1));
    if (bytes.length > MOST_BYTES) throw tooLarge(file);
    const zero = bytes.indexOf(0);
    if (zero >= 0)
      throw new UserError(
        `${file}: this is no text in UTF-8 or an 8-bit encoding: byte ${zero} is 0. Other forms can be written as .jsonl: {"text": "..."} a line`,
      );
    if (bytes.length > 0) yield {name: file, bytes};
    return;
  }
  let line = 0;
  for await (const json of linesOf(file)) {
    line += 1;
    const bytes = textOf(line === 1 ? withoutMark(json) : json, `${file}:${line}`);
    if (bytes.length > 0) yield {name: `${file}:${line}`, bytes};
  }
}

function tooLarge(place: string): UserError {
  return new UserError(`${place}: a document may have ${count(MOST_BYTES)} bytes at most; divide it`);
}

function tooLong(place: string): UserError {
  return new UserError(
    `${place}: a line of a .jsonl may have ${count(MOST_LINE_BYTES)} bytes at most; divide the document, or write it as a file of its own`,
  );
}

/** Lines that are not empty, without their ends. */
async function* linesOf(file: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let [line, length] = [1, 0];
  for await (const chunk of dataPieces(file)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]);
      [parts, length, from] = [[], 0, end + 1];
      line += 1;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MOST_LINE_BYTES) throw tooLong(`${file}:${line}`);
  }
  if (length > 0) yield Buffer.concat(parts);
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

function withoutMark(json: Buffer): Buffer {
  return json.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? json.subarray(BYTE_ORDER_MARK.length)
    : json;
}

function textOf(json: Buffer, place: string): Buffer {
  if (json.every((byte) => byte === 13 || byte === 32)) return Buffer.alloc(0);
  let value: {readonly text?: unknown};
  try {
    value = JSON.parse(json.toString());
  } catch (cause) {
    // The last piece of a line that is taken is what may make it too long.
    if ((cause as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG') throw tooLong(place);
    throw new UserError(`${place}: this is no JSON: ${(cause as Error).message}`, {cause});
  }
  if (typeof value?.text !== 'string') throw new UserError(`${place}: an object with a string \`text\` is needed`);
  return Buffer.from(value.text);
}
