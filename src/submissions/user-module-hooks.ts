import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {transform} from 'esbuild';

/**
 * Loader hooks for a user's submission, in a thread of their own: TypeScript is transpiled, and the bare name
 * `algoperf-ts` is this installation, wherever the file lies.
 */

let entry = '';

export function initialize(data: {readonly entry: string}): void {
  entry = data.entry;
}

type Next<R> = (specifier: string, context: unknown) => Promise<R>;

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

export async function resolve(specifier: string, context: unknown, next: Next<Resolved>): Promise<Resolved> {
  if (specifier === 'algoperf-ts') return {url: entry, shortCircuit: true};
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
  readonly source?: string;
  readonly shortCircuit?: boolean;
}

export async function load(url: string, context: unknown, next: Next<Loaded>): Promise<Loaded> {
  if (!/^file:.*\.[cm]?ts$/.test(url)) return next(url, context);
  const file = fileURLToPath(url);
  const {code} = await transform(await readFile(file, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'es2023',
    sourcefile: file,
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return {format: 'module', source: code, shortCircuit: true};
}
