import {createRequire} from 'node:module';
import {join} from 'node:path';
import {tf} from '../tf.js';
import {installedTensorflow} from './installed.js';
import {NO_PACKAGE, packageCommand, type TensorflowPackage, tensorflowPackages} from './packages.js';

const require = createRequire(import.meta.url);

/** An addon and the package whose JavaScript drives it. */
export interface TensorflowCandidate {
  /** Absolute path of the native addon. */
  readonly addon: string;
  readonly package: TensorflowPackage;
  /** Where it comes from, in words. */
  readonly origin: string;
  /** What is wrong with its files, where that is known. */
  readonly damage?: string | undefined;
}

/** What TensorFlow could be loaded from, the best first: the installation in the cache, then the packages' own addons. */
export function tensorflowCandidates(): TensorflowCandidate[] {
  const packages = tensorflowPackages();
  const own = packages.flatMap((found) =>
    found.addon ? [{addon: found.addon, package: found, origin: `the library that came with ${found.name}`}] : [],
  );
  const installed = installedTensorflow();
  if (!installed || !packages[0]) return own;
  const origin = `TensorFlow ${installed.version} (${installed.kind}) in ${installed.folder}`;
  return [{addon: installed.addon, package: packages[0], origin, damage: installed.damage}, ...own];
}

/** Whether what will be loaded, if it can be, is the addon that `backend install` builds, with operations of our own in it. */
export function hasOwnAddon(): boolean {
  const [first] = tensorflowCandidates();
  return first !== undefined && first.damage === undefined && first.addon === installedTensorflow()?.addon;
}

/** The command that installs TensorFlow, and makes one anew that is damaged. */
export const INSTALL = 'algoperf-ts backend install tensorflow';

/** Where there is no candidate: what of TensorFlow is missing, said of it, and the command that brings it. */
export function missingTensorflow(): {readonly state: string; readonly mend: string} {
  if (tensorflowPackages().length > 0) return {state: 'not installed', mend: INSTALL};
  const installed = installedTensorflow();
  if (installed)
    return {state: `not whole: the library is there (${installed.folder}), but ${NO_PACKAGE}`, mend: packageCommand()};
  return {state: `not installed, and ${NO_PACKAGE}`, mend: `${packageCommand()} && ${INSTALL}`};
}

/**
 * The command that mends a candidate which can't be loaded. Files of the right sizes pass for whole, so that an installation
 * has to be removed before it is made anew.
 */
export function mendOf({addon, damage}: TensorflowCandidate): string {
  const isInstalled = addon === installedTensorflow()?.addon;
  return isInstalled && damage === undefined ? `algoperf-ts backend remove tensorflow && ${INSTALL}` : INSTALL;
}

/**
 * Loads an addon and registers it as backend `tensorflow` on the one copy of tfjs-core. The package's main module is not
 * used: it accepts its own addon only.
 * @throws Error as Node words it, if the addon or one of its libraries can't be loaded; naming the file, if one is damaged
 */
export function registerTensorflow(candidate: TensorflowCandidate): void {
  if (candidate.damage !== undefined) throw new Error(`it is damaged: ${candidate.damage}`);
  // What TensorFlow tells of every graph that it loads would stand between the lines of a run.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const addon = require(candidate.addon) as object;
  defineRemovedUtilities();
  const {folder, name} = candidate.package;
  require(join(folder, 'dist', 'register_all_kernels.js'));
  const {NodeJSKernelBackend} = require(join(folder, 'dist', 'nodejs_kernel_backend.js'));
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, name), 3);
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed and Node 22 warns about. */
function defineRemovedUtilities(): void {
  const util = require('node:util') as {isNullOrUndefined: (value: unknown) => boolean};
  util.isNullOrUndefined = (value) => value === null || value === undefined;
}
