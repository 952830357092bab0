import {readFileSync, realpathSync} from 'node:fs';
import {createRequire, register} from 'node:module';
import {dirname, isAbsolute, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {MessageChannel, type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {UserError} from './errors.js';
import {
  type KeptCode,
  type KnownCode,
  keptChild,
  OTHER_CODE,
  requireKnown,
  requireKnownChild,
  requireKnownPlace,
} from './known-code.js';
import {missingPart} from './missing-part.js';
import {lookAtRequired, readRequired} from './required-files.js';
import {keepingSourceMaps, thrownText} from './stack.js';
import {NO_TRANSPILER} from './transpiler.js';
import type {KnownMessage, ModuleReport} from './user-module-hooks.js';

const STACK_LINES = 80;

/** This package's own files, compiled. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

const require = createRequire(import.meta.url);

let reports: MessagePort | undefined;
/** Number of fresh copies loaded so far. */
let copies = 0;
/** URLs by that of the module which imports them. */
const importedBy = new Map<string, Set<string>>();
/** Where modules were when they were loaded, links followed, by their paths. */
const places = new Map<string, string>();
/** What was read for modules, by their URLs: once, unless a module was loaded again. */
const loadedFrom = new Map<string, Uint8Array[]>();
/** What files have to hold, as far as that is known. */
const known = new Map<string, string>();
const kept: KeptCode[] = [];

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
  reports ??= registerHooks();
  // The frames of tfjs would fill a shorter stack.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, STACK_LINES);
  try {
    places.set(resolve(path), realpathSync(path));
    return await keepingSourceMaps(() => import(pathToFileURL(path).href + (isFresh ? `?copy=${++copies}` : '')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code === NO_TRANSPILER)
      throw withoutTranspiler(writtenPath, cause as Error);
    // It names the file, which need not be this one.
    if (isOtherCode(cause)) throw new UserError((cause as Error).message, {cause});
    throw new UserError(`${writtenPath}: can't be loaded: ${reasonOf(cause)}`, {cause});
  }
}

function isOtherCode(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === OTHER_CODE;
}

/**
 * From now on files of a user's code are loaded only if they hold what is known of them: the bytes that are looked at are those that
 * are loaded. What they load in turn has to be known, too, but for packages.
 * @param keptCode - where the files were, if they are kept elsewhere: what they ask for by a path is looked for where it is kept
 */
export function requireCode(code: KnownCode, keptCode?: KeptCode): void {
  if (known.size === 0) process.on('unhandledRejection', passOtherCode);
  for (const [file, hash] of code) known.set(file, hash);
  if (keptCode) kept.push(keptCode);
  reports ??= registerHooks();
  const message: KnownMessage = {known: code, kept: keptCode};
  reports.postMessage(message);
}

/** Node 20 also rejects on its own what a CommonJS module throws that is imported; whoever imports it has heard of it. */
function passOtherCode(reason: unknown): void {
  if (!isOtherCode(reason)) throw reason;
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
  const data = {entry: new URL('../index.js', import.meta.url).href, reports: port2};
  register('./user-module-hooks.js', import.meta.url, {data, transferList: [port2]});
  // What waits in it is taken out when it is asked for; it must not keep the process alive.
  port1.unref();
  return port1;
}

/** Of errors that say all there is to say without their stack. */
const PLAIN_CODES: readonly unknown[] = ['ERR_MODULE_NOT_FOUND'];

/** esbuild's messages begin with the place; an error that the module throws has it in its stack. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return thrownText(error);
  const isPlain = /Transform failed/.test(error.message) || PLAIN_CODES.includes((error as NodeJS.ErrnoException).code);
  return isPlain ? error.message : thrownText(error);
}

/** Where CommonJS finds what is asked for by a path without its ending, besides that path itself. */
function placesOf(asked: string): string[] {
  const endings = ['', '.js', '.json', '.node', '.ts', '.cts'];
  return [...endings, ...endings.map((ending) => `/index${ending}`)].map((ending) => asked + ending);
}

let keepsRequiredText = false;

/** Keeps what CommonJS modules are loaded from, from now on. To be called before Node's own classes are locked. */
export function keepRequiredText(): void {
  if (keepsRequiredText) return;
  keepsRequiredText = true;
  lookAtRequired({
    placeOf: (specifier, parent) =>
      (parent === undefined ? undefined : keptChild(kept, parent, specifier)) ?? specifier,
    take({request: specifier, asked}, parent, child) {
      const place = resolve(parent === undefined ? '' : dirname(parent), asked);
      if (/^[./]/.test(asked)) requireKnownPlace(known, placesOf(place), child);
      if (parent !== undefined && isAbsolute(child) && !child.startsWith(PACKAGE))
        requireKnownChild(known, {parent, specifier, child, isPackaged: !isUsers(child)});
    },
  });
  readRequired(isUsers, (_, file, content) => {
    noteLoaded(pathToFileURL(file).href, content);
    requireKnown(known, file, content);
  });
}

function noteLoaded(url: string, content: Uint8Array): void {
  loadedFrom.set(url, [...(loadedFrom.get(url) ?? []), content]);
}

/**
 * The files of which a user's module that was loaded by `importUserModule` consists: itself, and what it and they have loaded so
 * far, but for packages. By absolute paths, sorted; each with what was loaded, whatever the file has since become.
 * @throws UserError if one of them was loaded twice, with two contents
 */
export function filesOfUserModule(path: string): Map<string, Uint8Array> {
  takeReports();
  const urls = new Set([pathToFileURL(placeOfUserModule(path)).href]);
  for (const url of urls) for (const child of childrenOf(url)) if (isUsers(fileURLToPath(child))) urls.add(child);
  const files = new Map<string, Uint8Array>();
  for (const url of [...urls].sort()) {
    const file = fileURLToPath(url);
    if (!loadedFrom.has(url)) noteLoaded(url, readFileSync(file));
    for (const content of loadedFrom.get(url)!) {
      if (Buffer.compare(files.get(file) ?? content, content) !== 0) throw twoContents(file);
      files.set(file, content);
    }
  }
  return files;
}

/** The file that a module was loaded from, links followed; it may have gone since. */
export function placeOfUserModule(path: string): string {
  return places.get(resolve(path)) ?? realpathSync(path);
}

function twoContents(file: string): UserError {
  return new UserError(
    `${file}: was loaded twice, and had changed in between; a run is made of one version of its code, so leave its files as they are while they are loaded`,
  );
}

function takeReports(): void {
  for (let next = reports && receiveMessageOnPort(reports); next; next = receiveMessageOnPort(reports!)) {
    const report: ModuleReport = next.message;
    if ('content' in report) noteLoaded(report.url, report.content);
    else if (report.parent !== undefined)
      importedBy.set(report.parent, new Set(importedBy.get(report.parent)).add(report.url));
  }
}

/** What a module imports, and what it requires: as CommonJS, or by a function that `createRequire` made for it. */
function childrenOf(url: string): string[] {
  const file = fileURLToPath(url);
  const imported = [...(importedBy.get(url) ?? [])].filter((each) => each.startsWith('file:'));
  const made = Object.values(require.cache).filter((each) => each?.parent?.filename === file);
  const required = [...(require.cache[file]?.children ?? []), ...made];
  return [...imported, ...required.map((each) => pathToFileURL(each!.filename).href)];
}

function isUsers(file: string): boolean {
  return !file.split(/[\\/]/).includes('node_modules') && !file.startsWith(PACKAGE);
}
