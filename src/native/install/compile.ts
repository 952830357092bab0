import {spawn} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {UserError} from '../../support/index.js';
import {ADDON_FILE} from '../installed.js';
import type {BuildTools} from './machine.js';
import {LIBRARIES} from './plan.js';

const require = createRequire(import.meta.url);

/** Where our own C++ is: it is compiled on the user's machine, so it stands beside the sources, in the package as well. */
const OWN = join(dirname(require.resolve('algoperf-ts/package.json')), 'src/native/addon');

/** tfjs-node's. */
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/** Headers of ours that the compiler reads before each of these. */
const READ_FIRST = ['block_signals.h', 'own_functions.h'];

/** A library of our own, which the addon looks for beside TensorFlow's, and what it is made of. */
const [RELEASE_PAGES, RELEASE_PAGES_SOURCE] = ['librelease_pages.so', 'release_pages.cc'];

/**
 * Neither `errno` nor the processor's flags for exceptions are read: without them roots of several numbers are computed at once, and what
 * depends on a condition is.
 */
const COMMON = ['-O3', '-fno-math-errno', '-fno-trapping-math', '-std=c++17', '-fPIC', '-shared'];

/** The arguments that the compiler is called with, one list a call. */
export function compilerCalls(tools: BuildTools, folder: string): string[][] {
  const setter = logLevelSetter(join(folder, LIBRARIES[1]!));
  const library = [
    ...[...COMMON, ...(setter ? [`-DSET_MIN_LOG_LEVEL=${setter}`] : [])],
    ...[join(OWN, RELEASE_PAGES_SOURCE), `-Wl,-soname,${RELEASE_PAGES}`, '-o', releasePagesIn(folder)],
  ];
  return [library, addonArguments(tools, folder)];
}

/** The name of `absl::SetMinLogLevel` in a library: every release of Abseil has a namespace of its own. */
function logLevelSetter(library: string): string | undefined {
  const names = /_ZN4absl\d+lts_\d+14SetMinLogLevelENS0_18LogSeverityAtLeastE/;
  return names.exec(readFileSync(library, 'latin1'))?.[0];
}

/**
 * The addon in one go, without node-gyp, which would want Python, make and all of Node's headers. It looks for its libraries
 * beside itself, so the folder can be moved afterwards.
 */
function addonArguments({nodeHeaders, source}: BuildTools, folder: string): string[] {
  return [
    ...[...COMMON, '-DNAPI_VERSION=8'],
    ...[`-I${nodeHeaders}`, `-I${join(folder, 'tensorflow', 'include')}`, `-I${source}`],
    ...READ_FIRST.flatMap((header) => ['-include', join(OWN, header)]),
    ...SOURCES.map((file) => join(source, file)),
    ...ownSources().map((file) => join(OWN, file)),
    ...['-o', join(folder, ADDON_FILE)],
    // Of libraries that don't need one another, the last is initialised first.
    ...[...LIBRARIES.map((library) => join(folder, library)), releasePagesIn(folder)],
    '-Wl,-rpath,$ORIGIN/tensorflow',
    // When a worker ends, its addons are unloaded: the threads would continue in what is gone, and operations are registered
    // forever.
    '-Wl,-z,nodelete',
  ];
}

/** What our part of the addon is made of. */
function ownSources(): string[] {
  return readdirSync(OWN)
    .filter((file) => file.endsWith('.cc') && file !== RELEASE_PAGES_SOURCE)
    .sort();
}

function releasePagesIn(folder: string): string {
  return join(folder, 'tensorflow', RELEASE_PAGES);
}

interface Building {
  readonly folder: string;
  /** Where the compiler's whole output goes if it fails. */
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Builds the addon in a folder that TensorFlow's libraries and headers were unpacked to.
 * @throws UserError with the first lines of the compiler's output
 */
export async function compileAddon(tools: BuildTools, building: Building): Promise<void> {
  const [program, ...first] = tools.compiler;
  for (const options of compilerCalls(tools, building.folder)) await compile(program, [...first, ...options], building);
}

async function compile(program: string, options: readonly string[], building: Building): Promise<void> {
  const {folder, logFile} = building;
  // Its intermediate files are large: they go where there is room for the whole installation.
  const env = {...building.env, TMPDIR: folder};
  const child = spawn(program, options, {env, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status === 0) return;
  writeFileSync(logFile, `${[program, ...options].join(' ')}\n${output}`);
  const words = output.trim().split('\n').slice(0, 6).join('\n  ');
  throw new UserError(
    `${program} could not build the addon:\n  ${words}\nAll of its output: ${logFile}. ` +
      'Another compiler can be chosen with the environment variable CXX.',
  );
}
