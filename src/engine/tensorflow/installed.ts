import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder} from '../../download/cache-folder.js';

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
}

/** The addon's file name in its folder. */
export const ADDON_FILE = 'tfjs_binding.node';

const FOLDER_NAME = /^tensorflow-(\d+\.\d+\.\d+)-(cpu|gpu)-napi8$/;

/** The name of an installation's folder in the cache; Node-API 8 is what Node 20 and all later ones can load. */
export function installationName(version: string, kind: TensorflowKind): string {
  return `tensorflow-${version}-${kind}-napi8`;
}

/** All whole installations in the cache, the one to use first: one with CUDA kernels before one without, newer first. */
export function installedTensorflows(): InstalledTensorflow[] {
  // Homes are shared between machines of different kinds; the library is for this one only.
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const root = cacheFolder();
  return foldersIn(root)
    .map((name) => FOLDER_NAME.exec(name))
    .filter((match) => match !== null)
    .map(([name, version, kind]) => {
      const folder = join(root, name);
      return {addon: join(folder, ADDON_FILE), version: version!, kind: kind as TensorflowKind, folder};
    })
    .filter(({addon}) => existsSync(addon))
    .sort(byPreference);
}

/** The installation to use, or undefined if there is none. Cheap: one directory is read, no library is loaded. */
export function installedTensorflow(): InstalledTensorflow | undefined {
  return installedTensorflows()[0];
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
