import {installedTensorflow} from './installed.js';
import {NO_PACKAGE, packageCommand, type TensorflowPackage, tensorflowPackages} from './packages.js';

/** An addon and the package whose JavaScript drives it. */
export interface TensorflowCandidate {
  /** Absolute path of the native addon. */
  readonly addon: string;
  readonly package: TensorflowPackage;
  /** Where it comes from, as text. */
  readonly origin: string;
  /** What is wrong with its files, where that is known. */
  readonly damage?: string | undefined;
}

/** The sources of TensorFlow, the best first: the installation in the cache, then the packages' own addons. */
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

/** The command that installs TensorFlow, or replaces one that is damaged. */
export const INSTALL = 'algoperf-ts backend install tensorflow';

/** Where there is no candidate: what of TensorFlow is missing, said of it, and the command that brings it. */
export function missingTensorflow(): {readonly state: string; readonly remedy: string} {
  if (tensorflowPackages().length > 0) return {state: 'not installed', remedy: INSTALL};
  const installed = installedTensorflow();
  if (installed)
    return {
      state: `not whole: the library is there (${installed.folder}), but ${NO_PACKAGE}`,
      remedy: packageCommand(),
    };
  return {state: `not installed, and ${NO_PACKAGE}`, remedy: `${packageCommand()} && ${INSTALL}`};
}

/**
 * The command that fixes a candidate which can't be loaded. Files of the right sizes pass for whole, so that an installation
 * has to be removed before it is installed again.
 */
export function remedyOf({addon, damage}: TensorflowCandidate): string {
  const isInstalled = addon === installedTensorflow()?.addon;
  return isInstalled && damage === undefined ? `algoperf-ts backend remove tensorflow && ${INSTALL}` : INSTALL;
}
