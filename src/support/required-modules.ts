import {createRequire} from 'node:module';
import {isAbsolute} from 'node:path';
import {fileURLToPath} from 'node:url';
import {placesOfPackages, recordedChild, requireKnown, requireKnownChild, unknownCode} from './known-code.js';
import {isUsers, knownCodes, note, noteToolsFile, PACKAGE} from './module-state.js';
import {lookAtRequired, readRequired} from './required-files.js';

let keepsRequiredText = false;

/** Keeps what CommonJS modules are loaded from, from now on. To be called before Node's own classes are locked. */
export function keepRequiredText(): void {
  if (keepsRequiredText) return;
  keepsRequiredText = true;
  lookAtRequired({placeOf: requiredPlace, take: takeRequired});
  readRequired(isUsers, ({file, content, isModule}) => {
    note({file, content});
    requireKnown(knownCodes(), file, content);
    if (isModule && HIDES_IMPORTS && knownCodes().isAll)
      throw unknownCode(
        `${file}: it is an ES module that is required; what it imports can't be compared on Node ${process.version}: import it instead, or use Node 22`,
      );
  });
}

/** Whether what an ES module imports passes no hook where it is required. */
const HIDES_IMPORTS = Number(process.versions.node.split('.')[0]) < 22;

/** What `algoperf-ts` is: this installation, wherever the file lies. */
const ENTRY = fileURLToPath(new URL('../index.js', import.meta.url));

/** What is asked for in place of what a file requires. */
function requiredPlace(specifier: string, parent: string | undefined): string {
  if (specifier === 'algoperf-ts') return ENTRY;
  if (knownCodes().codes.length === 0) return specifier;
  const recorded = recordedChild(knownCodes(), {how: 'require', parent, specifier});
  if (recorded !== undefined) return recorded;
  const places = parent === undefined ? undefined : placesOfPackages(knownCodes(), parent);
  return places === undefined ? specifier : packageFile(specifier, places);
}

/** A package's file, as the first of some modules gets it that gets one; else the name. */
function packageFile(specifier: string, parents: readonly string[]): string {
  for (const parent of parents) {
    try {
      return createRequire(parent).resolve(specifier);
    } catch {
      // It may be in the next place.
    }
  }
  return specifier;
}

function takeRequired(specifier: string, parent: string | undefined, child: string): void {
  if (!isAbsolute(child) || child.startsWith(PACKAGE)) return;
  if (parent?.startsWith(PACKAGE)) noteToolsFile(child);
  const asking = {how: 'require', parent, specifier, child} as const;
  // Node itself asks so for what is imported.
  const isNodes = parent === undefined && specifier === child;
  if (isUsers(child) && !isNodes) note(asking);
  requireKnownChild(knownCodes(), {...asking, isPackaged: !isUsers(child)});
}
