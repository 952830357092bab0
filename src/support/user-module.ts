import {realpathSync} from 'node:fs';
import {createRequire, register} from 'node:module';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {MessageChannel, type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {UserError} from './errors.js';
import {missingPart} from './missing-part.js';
import {keepingSourceMaps, thrownText} from './stack.js';
import {NO_TRANSPILER} from './transpiler.js';

const STACK_LINES = 80;

/** This package's own files, compiled. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

const require = createRequire(import.meta.url);

let imports: MessagePort | undefined;
/** Number of fresh copies loaded so far. */
let copies = 0;
/** URLs by that of the module which imports them. */
const importedBy = new Map<string, Set<string>>();

/** Whether it is the path of a user's module, and no name of something built in. */
export function isModulePath(nameOrPath: string): boolean {
  return /\.[cm]?[jt]s$/.test(nameOrPath);
}

/** The paths of the user's own modules among the texts of some data, each once. */
export function modulePathsIn(data: unknown): string[] {
  return [...new Set(textsIn(data))].filter(isModulePath);
}

function textsIn(data: unknown): string[] {
  if (typeof data === 'string') return [data];
  return data !== null && typeof data === 'object' ? Object.values(data).flatMap(textsIn) : [];
}

/**
 * Loads a file of the user's: TypeScript is transpiled, and `import ... from 'algoperf-ts'` is this very installation, wherever
 * the file lies.
 * @param writtenPath - the path as the user wrote it
 * @param isFresh - loads it again, with its own module variables, as a new process would; default false
 * @throws UserError saying why it can't be loaded, with the place
 */
export async function importUserModule(
  path: string,
  writtenPath: string,
  isFresh = false,
): Promise<{readonly [name: string]: unknown}> {
  imports ??= registerHooks();
  // The frames of tfjs would fill a shorter stack.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, STACK_LINES);
  try {
    return await keepingSourceMaps(() => import(pathToFileURL(path).href + (isFresh ? `?copy=${++copies}` : '')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code === NO_TRANSPILER)
      throw withoutTranspiler(writtenPath, cause as Error);
    throw new UserError(`${writtenPath}: can't be loaded: ${reasonOf(cause)}`, {cause});
  }
}

function withoutTranspiler(writtenPath: string, cause: Error): UserError {
  const [reason] = cause.message.split('\n');
  return missingPart(
    `${writtenPath}: TypeScript can't be read: the native part of the package esbuild is missing or of another system (${reason})`,
    cause,
  );
}

function registerHooks(): MessagePort {
  const {port1, port2} = new MessageChannel();
  const data = {entry: new URL('../index.js', import.meta.url).href, imports: port2};
  register('./user-module-hooks.js', import.meta.url, {data, transferList: [port2]});
  // What waits in it is taken out when it is asked for; it must not keep the process alive.
  port1.unref();
  return port1;
}

/** esbuild's messages begin with the place; an error that the module throws has it in its stack. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return thrownText(error);
  const isPlain =
    /Transform failed/.test(error.message) || (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
  return isPlain ? error.message : thrownText(error);
}

/**
 * The files of which a user's module that was loaded by `importUserModule` consists: itself, and what it and they import so
 * far, but for packages. Absolute paths, sorted.
 */
export function filesOfUserModule(path: string): string[] {
  for (let next = imports && receiveMessageOnPort(imports); next; next = receiveMessageOnPort(imports!)) {
    const {parent, url} = next.message as {parent: string; url: string};
    const urls = importedBy.get(parent) ?? new Set();
    importedBy.set(parent, urls.add(url));
  }
  const found = new Set([realpathSync(path)]);
  for (const file of found) for (const child of childrenOf(file)) if (isUsers(child)) found.add(child);
  return [...found].sort();
}

/** What a module imports, and what it requires if it is CommonJS. */
function childrenOf(file: string): string[] {
  const urls = [...(importedBy.get(pathToFileURL(file).href) ?? [])].filter((url) => url.startsWith('file:'));
  const required = require.cache[file]?.children.map(({filename}) => filename) ?? [];
  return [...urls.map((url) => fileURLToPath(url)), ...required];
}

function isUsers(file: string): boolean {
  return !file.split(/[\\/]/).includes('node_modules') && !file.startsWith(PACKAGE);
}
