import {realpathSync} from 'node:fs';
import {register} from 'node:module';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {MessageChannel, type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {ModuleLoadError, UserError} from './errors.js';
import {type KnownCode, type KnownCodes, knownPlace, OTHER_CODE, UNKNOWN_CODE} from './known-code.js';
import {beginningOf, type LoadedCode, type LoadedPart, loadedCode, noteBeginning, strayFiles} from './loaded-code.js';
import {missingPart} from './missing-part.js';
import {isUsers, keepKnown, knownCodes, note, takeUnsent} from './module-state.js';
import {keepRequiredText} from './required-modules.js';
import {keepingSourceMaps, thrownText} from './stack.js';
import {NO_TRANSPILER} from './transpiler.js';

const STACK_LINES = 80;

let reports: MessagePort | undefined;
/** Number of fresh copies loaded so far. */
let copies = 0;
/** Where modules were when they were loaded, links followed, by their paths. */
const places = new Map<string, string>();
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
  keepRequiredText();
  reports ??= registerHooks();
  // The frames of tfjs would fill a shorter stack.
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, STACK_LINES);
  try {
    // A module is loaded once, wherever a link leads by the second time.
    const place = places.get(resolve(path)) ?? realpathSync(path);
    places.set(resolve(path), place);
    // Before: what is loaded from now on, the code of the module may have changed.
    takeReports();
    noteBeginning(place);
    return await keepingSourceMaps(() => import(pathToFileURL(path).href + (isFresh ? `?copy=${++copies}` : '')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code === NO_TRANSPILER)
      throw withoutTranspiler(writtenPath, cause as Error);
    // It names the file, which need not be this one.
    if (isOtherCode(cause)) throw otherCodeError(cause);
    throw new ModuleLoadError(`${writtenPath}: can't be loaded: ${reasonOf(cause)}`, {cause});
  }
}

function isOtherCode(error: unknown): boolean {
  return [OTHER_CODE, UNKNOWN_CODE].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

function otherCodeError(cause: unknown): UserError {
  const {code, message} = cause as NodeJS.ErrnoException;
  return code === OTHER_CODE ? new UserError(message, {cause}) : new ModuleLoadError(message, {cause});
}

/**
 * From now on of a user's code nothing is loaded but what it consisted of: the bytes that are looked at are those that are loaded, and
 * each of its files gets, by what it asks for, the files of the code that it got then. Packages are found as ever, where the code was
 * or where it is.
 */
export function requireCode(code: KnownCode): void {
  const {codes, isAll} = knownCodes();
  setKnown({codes: [...codes, code], isAll});
}

/** From now on no file of a user's is loaded, but for packages, that is not of such code. */
export function requireKnownCode(): void {
  setKnown({...knownCodes(), isAll: true});
}

export function setKnown(codes: KnownCodes): void {
  const before = knownCodes();
  if (before.codes.length === 0 && !before.isAll) process.on('unhandledRejection', passOtherCode);
  keepKnown(codes);
  reports ??= registerHooks();
  reports.postMessage(codes);
}

/**
 * Loads a module of the user's for a thread: of code that has to be what it was, from where it is now.
 * @throws UserError as {@link importUserModule}, and if it is no part of such code though nothing else may be loaded
 */
export async function importThreadModule(file: string): Promise<{readonly [name: string]: unknown}> {
  if (!isUsers(file)) return importUserModule(file, file);
  const place = withUserErrors(() => knownPlace(knownCodes(), file));
  const module = await importUserModule(place, file);
  note({entry: placeOfUserModule(place)});
  return module;
}

function withUserErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw isOtherCode(cause) ? otherCodeError(cause) : cause;
  }
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

function takeReports(): void {
  for (let next = reports && receiveMessageOnPort(reports); next; next = receiveMessageOnPort(reports!))
    note(next.message);
}

/** What this thread has loaded of users' modules since the last call, for {@link noteThread}. */
export function loadedSince(): readonly LoadedPart[] {
  takeReports();
  return takeUnsent();
}

/** Takes what a thread has loaded as loaded by this process. */
export function noteThread(parts: readonly LoadedPart[]): void {
  for (const part of parts) note(part);
}

/**
 * What users' modules that were loaded by `importUserModule` consist of: themselves, and what they and their files have loaded so far,
 * but for packages. By absolute paths, sorted; each with what was loaded, whatever the file has since become.
 * @param further - files that belong to them besides
 * @throws UserError if a file was loaded twice with two contents, or got two files by one name
 */
export function codeOfUserModules(paths: readonly string[], further: readonly string[] = []): LoadedCode {
  takeReports();
  return loadedCode([...paths.map(placeOfUserModule), ...further], isUsers);
}

/**
 * The user's files that were loaded by no module that is known, as by `createRequire` for another place, or a package.
 * @param paths - since the loading of the first of these modules began
 */
export function strayUserFiles(paths: readonly string[]): string[] {
  takeReports();
  return strayFiles(beginningOf(paths.map(placeOfUserModule)), isUsers);
}

/** The file that a module was loaded from, links followed; it may have gone since. */
export function placeOfUserModule(path: string): string {
  return places.get(resolve(path)) ?? realpathSync(path);
}
