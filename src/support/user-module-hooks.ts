import {readFileSync} from 'node:fs';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {transform} from 'esbuild';
import {withRegularFile} from './files.js';
import {
  type KeptCode,
  type KnownCode,
  keptChild,
  pathsFor,
  requireKnown,
  requireKnownChild,
  requireKnownPlace,
} from './known-code.js';
import {NO_TRANSPILER} from './transpiler.js';

/**
 * Loader hooks for a user's modules, in a thread of their own: TypeScript is transpiled, the bare name `algoperf-ts` is this
 * installation, wherever the file lies, and imports are reported with what was read for them.
 */

let entry = '';
/** The folder of this package's compiled files. */
let own = '';
let reports: MessagePort;
/** What files of a user's code hold, as far as that is known. */
const known = new Map<string, string>();
const kept: KeptCode[] = [];

/** An import, or what was read for one. */
export type ModuleReport =
  | {readonly parent: string | undefined; readonly url: string}
  | {readonly url: string; readonly content: Uint8Array};

/** What is known of a user's code from now on. */
export interface KnownMessage {
  readonly known: KnownCode;
  readonly kept: KeptCode | undefined;
}

const report = (what: ModuleReport): void => reports.postMessage(what);

export function initialize(data: {readonly entry: string; readonly reports: MessagePort}): void {
  ({entry, reports} = data);
  own = new URL('..', entry).href;
}

type Next<R> = (specifier: string, context: unknown) => Promise<R>;

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

interface Context {
  readonly parentURL?: string;
}

export async function resolve(specifier: string, context: Context, next: Next<Resolved>): Promise<Resolved> {
  if (specifier === 'algoperf-ts') return {url: entry, shortCircuit: true};
  takeKnown();
  const asked = placeOf(specifier, context);
  const resolved = copied(await resolvedFile(asked, context, next), context);
  report({parent: context.parentURL, url: resolved.url});
  requireKnownImport({specifier, asked}, context, resolved);
  return resolved;
}

function placeOf(specifier: string, {parentURL}: Context): string {
  const parent = parentURL === undefined ? undefined : fileOf(parentURL);
  const place = parent === undefined ? undefined : keptChild(kept, parent, specifier);
  return place === undefined ? specifier : pathToFileURL(place).href;
}

/** An import as it is written, and what is looked for in its place. */
interface Asked {
  readonly specifier: string;
  readonly asked: string;
}

function requireKnownImport({specifier, asked}: Asked, {parentURL}: Context, {url}: Resolved): void {
  const child = fileOf(url);
  if (/^(file:|\.|\/)/.test(asked)) {
    requireKnownPlace(known, pathsFor(fileURLToPath(new URL(asked, parentURL))), child ?? url);
  }
  const parent = parentURL === undefined ? undefined : fileOf(parentURL);
  if (parent !== undefined && child !== undefined && !url.startsWith(own))
    requireKnownChild(known, {parent, specifier, child, isPackaged: !isUsers(url)});
}

/** Takes what the main thread has sent since. */
function takeKnown(): void {
  for (let next = receiveMessageOnPort(reports); next; next = receiveMessageOnPort(reports)) {
    const message = next.message as KnownMessage;
    for (const [file, hash] of message.known) known.set(file, hash);
    if (message.kept) kept.push(message.kept);
  }
}

function fileOf(url: string): string | undefined {
  return url.startsWith('file:') ? fileURLToPath(url) : undefined;
}

/** The user's modules that a fresh copy imports are fresh copies too: they get the same query. */
function copied(resolved: Resolved, {parentURL = ''}: Context): Resolved {
  const query = parentURL.startsWith('file:') ? new URL(parentURL).search : '';
  if (query === '' || !isUsers(resolved.url) || resolved.url.includes('?')) return resolved;
  return {...resolved, url: resolved.url + query};
}

function isUsers(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(own);
}

async function resolvedFile(specifier: string, context: Context, next: Next<Resolved>): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    const [, inTypeScript] = pathsFor(specifier);
    if (!specifier.startsWith('.') || inTypeScript === undefined) throw error;
    return next(inTypeScript, context).catch(() => Promise.reject(error));
  }
}

interface Loaded {
  readonly format: string;
  /** Of CommonJS there is none here: Node reads it elsewhere. */
  readonly source?: string | Uint8Array | null;
  readonly shortCircuit?: boolean;
}

export async function load(url: string, context: unknown, next: Next<Loaded>): Promise<Loaded> {
  if (!/^file:[^?]*\.[cm]?ts(\?.*)?$/.test(url)) return loadedByNode(url, context, next);
  const file = fileURLToPath(url);
  const content = withRegularFile(file, (descriptor) => readFileSync(descriptor));
  requireKnown(known, file, content);
  report({url, content});
  return {format: 'module', source: await transpiled(content.toString('utf8'), file), shortCircuit: true};
}

async function loadedByNode(url: string, context: unknown, next: Next<Loaded>): Promise<Loaded> {
  // Node would wait for a pipe without end.
  if (isUsers(url)) withRegularFile(fileURLToPath(url), () => {});
  const loaded = await next(url, context);
  const {source} = loaded;
  if (!source || !isUsers(url)) return loaded;
  const content = typeof source === 'string' ? Buffer.from(source) : source;
  requireKnown(known, fileURLToPath(url), content);
  report({url, content});
  return loaded;
}

async function transpiled(source: string, file: string): Promise<string> {
  try {
    const {code} = await transform(source, {
      loader: 'ts',
      format: 'esm',
      target: 'es2023',
      // Those of JSON, which Node asks for; the target is older than they are.
      supported: {'import-attributes': true},
      sourcefile: file,
      sourcemap: 'inline',
      logLevel: 'silent',
    });
    return code;
  } catch (error) {
    // Syntax errors are reported as such; any other failure means that esbuild's program can't be started.
    if (Array.isArray((error as {errors?: unknown}).errors)) throw error;
    throw Object.assign(new Error((error as Error).message), {code: NO_TRANSPILER});
  }
}
