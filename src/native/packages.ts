import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {basename, dirname, join} from 'node:path';
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

/** The problem if neither package is installed. */
export const NO_PACKAGE = 'the npm package @tensorflow/tfjs-node-gpu, whose JavaScript drives it, is missing';

/**
 * The command that brings a missing package. npm leaves out an optional dependency whose install script fails, as this one's
 * does on many networks: hence `--ignore-scripts`.
 * @param tool - the folder that this tool is installed in: globally, as a project's dependency, or as a checkout
 */
export function packageCommand(tool = dirname(require.resolve('algoperf-ts/package.json'))): string {
  const above = dirname(tool);
  const install = (where: string, what = '') => `npm install ${where} --ignore-scripts${what}`;
  if (basename(above) !== 'node_modules') return install(`--prefix ${tool}`);
  const {version, optionalDependencies} = require('algoperf-ts/package.json');
  const [[name, release]] = Object.entries(optionalDependencies) as [[string, string]];
  const project = dirname(above);
  if (existsSync(join(project, 'package.json'))) return install(`--prefix ${project}`, ` ${name}@${release}`);
  // A package beside the tool would bring a second tfjs: only as the tool's own dependency does it share the one that is there.
  const prefix = basename(project) === 'lib' ? dirname(project) : project;
  return install(`--global --prefix ${prefix}`, ` ./algoperf-ts-${version}.tgz`);
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
