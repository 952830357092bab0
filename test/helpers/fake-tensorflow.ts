import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {InstallOptions} from '../../src/native/install/index.js';
import type {Machine} from '../../src/native/install/machine.js';
import {makeZip} from './zip.js';

export const WHEEL_NAME = 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl';

/** A wheel of TensorFlow's form; the libraries are a few hundred kilobytes of noise. */
export function fakeWheel(): Promise<Buffer> {
  const noise = (seed: number): Buffer =>
    Buffer.from(Uint8Array.from({length: 300_000}, (_, i) => (i * i * seed) >> 7));
  return makeZip([
    {path: 'tensorflow/libtensorflow_cc.so.2', content: noise(7)},
    {path: 'tensorflow/libtensorflow_framework.so.2', content: noise(11), stored: true},
    {path: 'tensorflow/include/tensorflow/c/c_api.h', content: '// declarations'},
    {path: 'tensorflow/include/Eigen/Core', content: '// not needed'},
    {path: 'tensorflow/python/big.py', content: 'not needed'},
    {path: 'tensorflow_cpu-2.21.0.dist-info/METADATA', content: 'Name: tensorflow-cpu'},
  ]);
}

/** A folder with what an installation needs of a machine, all of it made up. */
export interface Sandbox {
  readonly root: string;
  readonly machine: Machine;
  /** What XDG_CACHE_HOME has to be, in this process too. */
  readonly cacheHome: string;
  remove(): void;
}

/**
 * Makes a machine whose compiler writes the addon without compiling.
 * @param env - further variables for it
 */
export function makeSandbox(env: NodeJS.ProcessEnv = {}): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'tensorflow-'));
  const headers = join(root, 'nodedir', 'include', 'node');
  mkdirSync(headers, {recursive: true});
  writeFileSync(join(headers, 'node_api.h'), '');
  const compiler = script(
    join(root, 'compiler'),
    'case "$*" in *-fsyntax-only*) exit 0 ;; esac\nwhile [ "$1" != -o ]; do shift; done\necho addon > "$2"\n',
  );
  const cacheHome = join(root, 'cache');
  const machine: Machine = {
    platform: 'linux',
    arch: 'x64',
    glibc: '2.36',
    execPath: join(root, 'bin', 'node'),
    env: {PATH: '', HOME: root, CXX: compiler, npm_config_nodedir: join(root, 'nodedir'), ...env},
    freeBytes: () => 1e12,
  };
  return {root, machine, cacheHome, remove: () => rmSync(root, {recursive: true, force: true})};
}

/** Writes an executable shell script. @returns its path */
export function script(file: string, body: string): string {
  writeFileSync(file, `#!/bin/sh\n${body}`, {mode: 0o755});
  return file;
}

/** Options for an installation in a sandbox, over HTTP, without a reporter's output. */
export function quietInstall(machine: Machine): InstallOptions & {readonly steps: string[]} {
  const steps: string[] = [];
  return {
    version: '2.21.0',
    kind: 'cpu',
    fetchWith: 'https',
    machine,
    reporter: {visible: false, step: (text) => steps.push(text), progress: () => {}},
    check: async () => ({version: '2.21.0', gpu: false}),
    steps,
  };
}
