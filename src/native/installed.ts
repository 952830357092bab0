import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {findCacheFolder} from '../support/index.js';

/** What the library computes on: `gpu` has CUDA kernels as well, and falls back to the CPU where there is no GPU. */
export type TensorflowKind = 'cpu' | 'gpu';

/** A TensorFlow library that `algoperf-ts backend install tensorflow` put into the user's cache. */
export interface InstalledTensorflow {
  /** Absolute path of the native addon, `tfjs_binding.node`. */
  readonly addon: string;
  /** TensorFlow's version, such as `2.21.0`. */
  readonly version: string;
  readonly kind: TensorflowKind;
  /** Absolute path of the folder that holds the addon and its libraries. */
  readonly folder: string;
  /** What is wrong with its files: loading them would end the process. Undefined where nothing is known to be. */
  readonly damage: string | undefined;
}

/** The addon's file name in its folder. */
export const ADDON_FILE = 'tfjs_binding.node';

/** The name of the file beside the addon with the sizes of the loaded files, as {@link InstallRecord}. */
export const RECORD_FILE = 'installed.json';

/** Rises when the addon is built in another way: older installations are then replaced. */
export const BUILD = 18;

/** What an installation notes of itself when all of it is there. */
export interface InstallRecord {
  /** `BUILD` as it was then. */
  readonly build: number;
  /** Of each file that may be loaded, by its path in the installation's folder. */
  readonly bytes: {readonly [file: string]: number};
}

const FOLDER_NAME = /^tensorflow-(\d+\.\d+\.\d+)-(cpu|gpu)-napi8$/;

/** The name of an installation's folder in the cache; Node-API 8 is what Node 20 and all later ones can load. */
export function installationName(version: string, kind: TensorflowKind): string {
  return `tensorflow-${version}-${kind}-napi8`;
}

/** All installations in the cache, the one to use first: one with CUDA kernels before one without, newer first. */
export function installedTensorflows(): InstalledTensorflow[] {
  // Homes are shared between machines of different kinds; the library is for this one only.
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const root = findCacheFolder();
  if (root === undefined) return [];
  return foldersIn(root)
    .map((name) => FOLDER_NAME.exec(name))
    .filter((match) => match !== null)
    .map(([name, version, kind]) => {
      const folder = join(root, name);
      return {addon: join(folder, ADDON_FILE), version: version!, kind: kind as TensorflowKind, folder};
    })
    .filter(({addon}) => existsSync(addon))
    .map((installed) => ({...installed, damage: damageIn(installed.folder)}))
    .sort(byPreference);
}

/** The installation to use, or undefined if there is none. Cheap: one directory is read, some files' sizes are looked at, no library is loaded. */
export function installedTensorflow(): InstalledTensorflow | undefined {
  return installedTensorflows()[0];
}

/** By sizes alone, since this runs at every start; loading a truncated file would kill the process silently. */
function damageIn(folder: string): string | undefined {
  let record: Partial<InstallRecord>;
  try {
    record = Object(JSON.parse(readFileSync(join(folder, RECORD_FILE), 'utf8')));
  } catch {
    return `${RECORD_FILE} can't be read`;
  }
  const {build, bytes: sizes} = record;
  if (typeof build === 'number' && build !== BUILD) return 'it was built by another version of algoperf-ts';
  if (build !== BUILD || typeof Object(sizes)[ADDON_FILE] !== 'number') return `${RECORD_FILE} has no sizes`;
  for (const [file, bytes] of Object.entries(sizes!)) {
    const found = bytesOf(join(folder, file));
    if (found === undefined) return `${file} is missing`;
    if (found !== bytes) return `${file} has ${found} bytes instead of ${bytes}`;
  }
  return undefined;
}

/** Undefined where there is no such file, or where its folder is a file. */
function bytesOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch {
    return undefined;
  }
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

function byPreference(a: InstalledTensorflow, b: InstalledTensorflow): number {
  if (a.kind !== b.kind) return a.kind === 'gpu' ? -1 : 1;
  return b.version.localeCompare(a.version, 'en', {numeric: true});
}
