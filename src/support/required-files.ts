import {readFileSync} from 'node:fs';
import {Module} from 'node:module';
import {extname} from 'node:path';
import {withRegularFile} from './files.js';

/** Loads a file for `require`. */
type Loader = (module: Module, file: string) => void;

/** CommonJS as Node has it; its types leave this out. */
interface CommonJs {
  readonly prototype: {_compile(this: Module, content: string, filename: string, ...more: unknown[]): unknown};
  readonly _extensions: {[ending: string]: Loader};
  _resolveFilename(request: string, parent: Module | undefined, ...more: unknown[]): string;
}

const commonJs = Module as unknown as CommonJs;
const {prototype: compiling, _extensions: loaders} = commonJs;

/** Takes off the types of TypeScript that is required; Node's versions that can't have no loader for it either. */
const {stripTypeScriptTypes} = Module as unknown as {readonly stripTypeScriptTypes?: (text: string) => string};

/** What was read for a module that is required. */
export interface RequiredFile {
  readonly file: string;
  readonly content: Uint8Array;
  /** Whether it is an ES module: what that imports passes no hook where Node is older than 22. */
  readonly isModule: boolean;
}

/** What is done where a module is required. */
export interface RequiredPlaces {
  /** What is asked for in place of what the file asks for. */
  placeOf(request: string, parent: string | undefined): string;
  /**
   * @param request - as the file has it
   * @param found - a file, links followed, or a part of Node
   */
  take(request: string, parent: string | undefined, found: string): void;
}

/** From now on where a module is found is looked at before it is loaded. To be called before Node's own classes are locked. */
export function lookAtRequired({placeOf, take}: RequiredPlaces): void {
  const resolve = commonJs._resolveFilename;
  commonJs._resolveFilename = function (request, parent, ...more) {
    const found = resolve.call(this, placeOf(request, parent?.filename), parent, ...more);
    take(request, parent?.filename, found);
    return found;
  };
}

/**
 * From now on what is required is read once and looked at before it is loaded. To be called before Node's own classes are locked.
 * @param isLookedAt - whether a file is; Node loads the others as ever
 */
export function readRequired(isLookedAt: (file: string) => boolean, take: (required: RequiredFile) => void): void {
  const compile = compiling._compile;
  const nodes = Object.keys(loaders);
  compiling._compile = function (content, filename, ...more) {
    // Of TypeScript it is not what the file has, where Node has a loader for it; where it has none it is taken as JavaScript.
    if (isLookedAt(filename) && !(isTypeScript(filename) && extname(filename) in loaders)) {
      // A loader of the user's own may give what it has made of the file.
      const isMade = extname(filename) in loaders && !nodes.includes(extname(filename));
      take({
        file: filename,
        content: isMade ? readFileSync(filename) : Buffer.from(content),
        isModule: more[0] === 'module',
      });
    }
    return compile.call(this, content, filename, ...more);
  };
  /** Where Node has a loader for files of a kind, another one loads those that are looked at. */
  const loadBy = (ending: string, load: (module: Module, file: string, content: Buffer) => void): void => {
    const loadAsNode = loaders[ending];
    if (!loadAsNode) return;
    loaders[ending] = (module, file) => {
      if (!isLookedAt(file)) return loadAsNode(module, file);
      const content = withRegularFile(file, (descriptor) => readFileSync(descriptor));
      take({file, content, isModule: false});
      load(module, file, content);
    };
  };
  loadBy('.json', (module, file, content) => {
    module.exports = jsonOf(file, textOf(content));
  });
  for (const ending of ['.ts', '.cts', '.mts'])
    loadBy(ending, (module, file, content) => compile.call(module, stripTypeScriptTypes!(textOf(content)), file));
  loadBy('.node', loaders['.node']!);
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

function textOf(content: Buffer): string {
  return content.toString('utf8').replace(/^\uFEFF/, '');
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${file}: ${(cause as Error).message}`, {cause});
  }
}
