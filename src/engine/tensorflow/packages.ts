import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {ADDON_FILE} from './installed.js';

const require = createRequire(import.meta.url);

/** An npm package that brings TensorFlow's kernels in JavaScript, the addon's source, and sometimes the addon. */
export interface TensorflowPackage {
  readonly name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of the addon that the package's own install script put there; undefined where that did not happen. */
  readonly addon: string | undefined;
}

/** Which of the two packages are installed, the one to use first. No package is loaded. */
export function tensorflowPackages(): TensorflowPackage[] {
  const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
  return names.flatMap((name) => {
    const folder = folderOf(name);
    if (folder === undefined) return [];
    const addon = join(folder, 'lib', 'napi-v8', ADDON_FILE);
    return [{name, folder, addon: existsSync(addon) ? addon : undefined}];
  });
}

function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
