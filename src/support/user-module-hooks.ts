import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import type {MessagePort} from 'node:worker_threads';
import {transform} from 'esbuild';
import {NO_TRANSPILER} from './transpiler.js';

/**
 * Loader hooks for a user's modules, in a thread of their own: TypeScript is transpiled, the bare name `algoperf-ts` is this
 * installation, wherever the file lies, and imports are reported with what was read for them.
 */

let entry = '';
/** The folder of this package's compiled files. */
let own = '';
let reports: MessagePort;

/** An import, or what was read for one. */
export type ModuleReport =
  | {readonly parent: string | undefined; readonly url: string}
  | {readonly url: string; readonly content: Uint8Array};

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
  const resolved = copied(await resolvedFile(specifier, context, next), context);
  report({parent: context.parentURL, url: resolved.url});
  return resolved;
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
    // TypeScript's own convention: `./helper.js` may stand for `./helper.ts`.
    if (!/^\..*\.[cm]?js$/.test(specifier)) throw error;
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
  if (!/^file:[^?]*\.[cm]?ts(\?.*)?$/.test(url)) return reported(url, await next(url, context));
  const file = fileURLToPath(url);
  const content = await readFile(file);
  report({url, content});
  return {format: 'module', source: await transpiled(content.toString('utf8'), file), shortCircuit: true};
}

function reported(url: string, loaded: Loaded): Loaded {
  const {source} = loaded;
  if (source && isUsers(url)) report({url, content: typeof source === 'string' ? Buffer.from(source) : source});
  return loaded;
}

async function transpiled(source: string, file: string): Promise<string> {
  try {
    const {code} = await transform(source, {
      loader: 'ts',
      format: 'esm',
      target: 'es2023',
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
