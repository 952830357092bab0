import {spawn} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {UserError} from '../../../errors.js';
import {ADDON_FILE} from '../installed.js';
import {HELD_SIGNALS, HELD_SIGNALS_FILE} from './held-signals.js';
import type {BuildTools} from './machine.js';
import {LIBRARIES} from './plan.js';

const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/**
 * What the compiler is asked: the addon in one go, without node-gyp, which would want Python, make and all of Node's headers.
 * The addon looks for TensorFlow's libraries beside itself, so the folder can be moved afterwards.
 */
export function compilerArguments({nodeHeaders, source}: BuildTools, folder: string): string[] {
  return [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[`-I${nodeHeaders}`, `-I${join(folder, 'tensorflow', 'include')}`],
    ...['-include', join(folder, HELD_SIGNALS_FILE)],
    ...SOURCES.map((file) => join(source, file)),
    ...['-o', join(folder, ADDON_FILE)],
    ...LIBRARIES.map((library) => join(folder, library)),
    '-Wl,-rpath,$ORIGIN/tensorflow',
  ];
}

/**
 * Builds the addon in a folder that TensorFlow's libraries and headers were unpacked to.
 * @param logFile - where the compiler's whole output goes if it fails
 * @throws UserError with the first lines of the compiler's output
 */
export async function compileAddon(
  tools: BuildTools,
  {folder, logFile, env}: {folder: string; logFile: string; env: NodeJS.ProcessEnv},
): Promise<void> {
  const [program, ...first] = tools.compiler;
  const options = [...first, ...compilerArguments(tools, folder)];
  const header = join(folder, HELD_SIGNALS_FILE);
  writeFileSync(header, HELD_SIGNALS);
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
  rmSync(header);
  if (status === 0) return;
  writeFileSync(logFile, `${[program, ...options].join(' ')}\n${output}`);
  const words = output.trim().split('\n').slice(0, 6).join('\n  ');
  throw new UserError(
    `${program} could not build the addon:\n  ${words}\nAll of its output: ${logFile}. ` +
      'Another compiler can be chosen with the environment variable CXX.',
  );
}
