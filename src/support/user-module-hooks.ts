import {readFileSync} from 'node:fs';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {transform} from 'esbuild';
import {withRegularFile} from './files.js';
import {isPlace} from './import-key.js';
import {
  type KnownCodes,
  placesOfPackages,
  recordedChild,
  requireKnown,
  requireKnownChild,
  requireKnownPlace,
} from './known-code.js';
import type {LoadedPart} from './loaded-code.js';
import {NO_TRANSPILER} from './transpiler.js';

/**
 * Loader hooks for a user's modules, in a thread of their own: TypeScript is transpiled, the bare name `algoperf-ts` is this
 * installation, wherever the file lies, and imports are reported with what was read for them.
 */

let entry = '';
/** The folder of this package's compiled files. */
let own = '';
let reports: MessagePort;
/** Code of which nothing may be loaded but what was loaded of it before. */
let known: KnownCodes = {codes: [], isAll: false};

const report = (what: LoadedPart): void => reports.postMessage(what);

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
  const {parentURL = ''} = context;
  const resolved = copied(await resolvedFrom(specifier, context, next), parentURL);
  const child = fileOf(resolved.url);
  if (child === undefined || resolved.url.startsWith(own)) return resolved;
  // The tool asks for what the user names, which may be a link.
  if (parentURL.startsWith(own)) {
    if (specifier.startsWith('file:')) requireKnownPlace(known, fileURLToPath(specifier), child);
    return resolved;
  }
  const found = {how: 'import', parent: fileOf(parentURL), specifier, child} as const;
  if (isUsers(resolved.url)) report(found);
  requireKnownChild(known, {...found, isPackaged: !isUsers(resolved.url)});
  return resolved;
}

async function resolvedFrom(specifier: string, context: Context, next: Next<Resolved>): Promise<Resolved> {
  if (known.codes.length === 0) return resolvedFile(specifier, context, next);
  const parent = fileOf(context.parentURL);
  const recorded = recordedChild(known, {how: 'import', parent, specifier});
  if (recorded !== undefined) return next(pathToFileURL(recorded).href + queryOf(specifier), context);
  const places = parent === undefined ? undefined : placesOfPackages(known, parent);
  if (places === undefined) return resolvedFile(specifier, context, next);
  // Node keeps what `next` gets as its own context.
  const [there, above] = places.map((file) => ({...context, parentURL: pathToFileURL(file).href}));
  return resolvedFile(specifier, there, next).catch((error) => {
    if (isPlace(specifier)) throw error;
    return resolvedFile(specifier, above, next).catch(() => Promise.reject(error));
  });
}

/** Modules of one file are told apart by what follows a `?` or `#`. */
function queryOf(specifier: string): string {
  return isPlace(specifier) ? (/[?#].*$/s.exec(specifier)?.[0] ?? '') : '';
}

/** Takes what the main thread has sent since. */
function takeKnown(): void {
  for (let next = receiveMessageOnPort(reports); next; next = receiveMessageOnPort(reports)) known = next.message;
}

function fileOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') ? fileURLToPath(url) : undefined;
}

/** The user's modules that a fresh copy imports are fresh copies too: they get the same query. */
function copied(resolved: Resolved, parentURL: string): Resolved {
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
    if (!/^\..*\.[cm]?js$/s.test(specifier)) throw error;
    return next(specifier.replace(/js$/, 'ts'), context).catch(() => Promise.reject(error));
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
  requireKnown(known, file, content, isUsers(url));
  report({file, content});
  return {format: 'module', source: await transpiled(content.toString('utf8'), file), shortCircuit: true};
}

async function loadedByNode(url: string, context: unknown, next: Next<Loaded>): Promise<Loaded> {
  // Node would wait for a pipe without end.
  if (isUsers(url)) withRegularFile(fileURLToPath(url), () => {});
  const loaded = await next(url, context);
  const {source} = loaded;
  if (!source || !isUsers(url)) return loaded;
  const content = typeof source === 'string' ? Buffer.from(source) : source;
  const file = fileURLToPath(url);
  requireKnown(known, file, content);
  report({file, content});
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
