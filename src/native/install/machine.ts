import {spawnSync} from 'node:child_process';
import {accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {delimiter, dirname, join} from 'node:path';
import {environment, findHome, makeFolder, UserError} from '../../support/index.js';
import {NO_PACKAGE, packageCommand, tensorflowPackages} from '../packages.js';
import type {InstallPlan} from './plan.js';

const require = createRequire(import.meta.url);

/** What an installation depends on, as data, so that every refusal can be tested anywhere. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** The C library's version, such as `2.36`; undefined where it is not glibc. */
  readonly glibc: string | undefined;
  /** The program and the folders around it that Node itself runs from. */
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Bytes that the user may still write where a folder lies. */
  readonly freeBytes: (folder: string) => number;
}

/** What the build needs, as found. */
export interface BuildTools {
  /** A C++ compiler: a program and its first arguments. */
  readonly compiler: readonly [program: string, ...first: string[]];
  /** The folder with `node_api.h`. */
  readonly nodeHeaders: string;
  /** The folder with the addon's C++ source. */
  readonly source: string;
}

/** The oldest glibc that TensorFlow's wheels run on. */
const OLDEST_GLIBC = [2, 27] as const;

/** The machine this runs on. */
export function thisMachine(): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: glibcVersion(),
    execPath: process.execPath,
    env: environment(),
    freeBytes(folder) {
      const {bavail, bsize} = statfsSync(folder);
      return bavail * bsize;
    },
  };
}

/**
 * Finds what the build needs and checks everything else, before anything is fetched.
 * @param cache - made if it is missing
 * @throws UserError that lists all that is missing, each with how to fix it
 */
export function requireMachine(machine: Machine, plan: InstallPlan, cache: string): BuildTools {
  const platform = platformProblem(machine);
  if (platform) throw new UserError(platform);
  const compiler = findCompiler(machine.env);
  const nodeHeaders = findNodeHeaders(machine);
  const source = tensorflowPackages()
    .map(({folder}) => join(folder, 'binding'))
    .find((folder) => existsSync(join(folder, 'tfjs_backend.cc')));
  const problems = [
    compiler ? compilerProblem(compiler, nodeHeaders, machine.env) : NO_COMPILER,
    nodeHeaders ? undefined : NO_HEADERS,
    source ? undefined : `${NO_PACKAGE}: ${packageCommand()}`,
    plan.kind === 'gpu' ? driverProblem(machine.env) : undefined,
    cacheProblem(cache) ?? diskProblem(machine.freeBytes(cache), plan, cache),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) {
    throw new UserError(`TensorFlow can't be installed yet:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
  return {compiler: compiler!, nodeHeaders: nodeHeaders!, source: source!};
}

/** Why there are no wheels for this kind of machine, or undefined. */
export function platformProblem({platform, arch, glibc}: Machine): string | undefined {
  const otherwise = 'The wasm engine runs here: --backend wasm.';
  if (platform !== 'linux' || arch !== 'x64') {
    return `TensorFlow can be installed on Linux x86-64 only; this is ${platform} ${arch}. ${otherwise}`;
  }
  if (glibc === undefined) {
    return `TensorFlow needs glibc, and this Linux has another C library (musl, as Alpine has?). ${otherwise}`;
  }
  const [major, minor] = glibc.split('.').map(Number) as [number, number];
  const old = major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1]);
  return old
    ? `TensorFlow needs glibc ${OLDEST_GLIBC.join('.')} or newer; this one is ${glibc}. ${otherwise}`
    : undefined;
}

const INSTALL_COMPILER =
  'Debian, Ubuntu: apt-get install g++; Fedora, RHEL: dnf install gcc-c++; openSUSE: zypper install gcc-c++';
const NO_COMPILER = `no C++ compiler (g++, clang++ or $CXX) is on PATH. ${INSTALL_COMPILER}`;
const NO_HEADERS =
  "Node's header node_api.h was not found: npm install node-api-headers, or set npm_config_nodedir to a folder that has include/node";

/** `$CXX` with the arguments it may carry (`ccache g++`), or the first known compiler on PATH. */
export function findCompiler(env: NodeJS.ProcessEnv): BuildTools['compiler'] | undefined {
  const [program, ...first] = (env.CXX ?? '').split(/\s+/).filter(Boolean);
  if (program) return [program, ...first];
  const found = ['g++', 'c++', 'clang++'].map((name) => onPath(name, env)).find(Boolean);
  return found ? [found] : undefined;
}

/** The folder with Node's C headers: from their npm package, from beside Node, or from where node-gyp keeps them. */
export function findNodeHeaders({env, execPath}: Machine): string | undefined {
  const version = process.versions.node;
  const candidates = [
    packagedHeaders(),
    env.npm_config_nodedir && join(env.npm_config_nodedir, 'include', 'node'),
    join(dirname(dirname(execPath)), 'include', 'node'),
    join(env.HOME ?? findHome() ?? '/', '.cache', 'node-gyp', version, 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
  ];
  return candidates.find((folder) => folder && existsSync(join(folder, 'node_api.h'))) || undefined;
}

function packagedHeaders(): string | undefined {
  try {
    return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  } catch {
    return undefined;
  }
}

/** Tries the compiler on a few lines: one that is there may still lack its standard library or be too old. */
function compilerProblem(
  [program, ...first]: BuildTools['compiler'],
  headers: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const lines = [
    '#include <memory>',
    '#include <string_view>',
    headers ? '#include <node_api.h>' : '',
    'int main() {}',
  ];
  const include = headers ? [`-I${headers}`] : [];
  const options = [...first, '-std=c++17', ...include, '-fsyntax-only', '-x', 'c++', '-'];
  const {status, stderr, error} = spawnSync(program, options, {env, input: lines.join('\n'), encoding: 'utf8'});
  if (status === 0) return undefined;
  const words = (error?.message ?? stderr).trim().split('\n').slice(0, 3).join('\n  ');
  return `the C++ compiler '${program}' can't compile C++17:\n  ${words}\n  ${INSTALL_COMPILER}`;
}

const DRIVER_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/wsl/lib',
  '/usr/local/nvidia/lib64',
];

/** What is missing of NVIDIA's driver, or undefined. */
export function driverProblem(env: NodeJS.ProcessEnv, folders: readonly string[] = DRIVER_FOLDERS): string | undefined {
  const places = [...(env.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean), ...folders];
  if (onPath('nvidia-smi', env) || places.some((folder) => existsSync(join(folder, 'libcuda.so.1')))) return undefined;
  return 'no NVIDIA driver: neither nvidia-smi on PATH nor libcuda.so.1 was found. Install the driver, or leave out --gpu';
}

/** Why nothing can be written to the cache, or undefined; the cache is there afterwards. */
function cacheProblem(cache: string): string | undefined {
  try {
    makeFolder(cache);
    rmSync(mkdtempSync(join(cache, '.writable-')), {recursive: true});
    return undefined;
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    return `the cache folder ${cache} can't be written to (${code ?? message}). Set XDG_CACHE_HOME to a folder of yours`;
  }
}

function diskProblem(free: number, {diskBytes}: InstallPlan, cache: string): string | undefined {
  if (free >= diskBytes) return undefined;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  return `${gigabytes(diskBytes)} GB of disk are needed while installing, ${gigabytes(free)} GB are free at ${cache}. Make room, or set XDG_CACHE_HOME to a folder on another disk`;
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const places = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return places.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function glibcVersion(): string | undefined {
  const {header} = process.report.getReport() as unknown as {header: {glibcVersionRuntime?: string}};
  return header.glibcVersionRuntime;
}
