import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {UserError} from '../../../errors.js';
import type {WheelRequest} from './plan.js';

/** How to call pip: a program and its first arguments. */
export type PipCommand = readonly [program: string, ...first: string[]];

const CANDIDATES: readonly PipCommand[] = [['python3', '-m', 'pip'], ['pip3'], ['pip']];

/** The first pip that runs, or undefined. */
export function findPip(env: NodeJS.ProcessEnv): PipCommand | undefined {
  return CANDIDATES.find(([program, ...first]) => spawnSync(program, [...first, '--version'], {env}).status === 0);
}

/**
 * What pip is asked. The platform and Python's version are named, since the pip that is there may belong to another: no
 * Python will load the wheel.
 */
export function pipArguments({project, specifier}: WheelRequest, folder: string): string[] {
  const platforms = ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'];
  return [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...['--implementation', 'cp', '--python-version', '3.12'],
    '--disable-pip-version-check',
    ...['--dest', folder],
    `${project}${specifier}`,
  ];
}

/**
 * Fetches a wheel with pip, with all of the user's settings for it; pip checks it against the index's checksum.
 * @param options.folder - made if missing; wheels of earlier tries in it are used again
 * @param options.visible - whether pip draws its own progress bar, on stderr
 * @returns the wheel's path
 * @throws UserError with pip's own words if it fails
 */
export async function downloadWithPip(
  pip: PipCommand,
  wheel: WheelRequest,
  {folder, visible, env}: {folder: string; visible: boolean; env: NodeJS.ProcessEnv},
): Promise<string> {
  mkdirSync(folder, {recursive: true});
  const [program, ...first] = pip;
  const quiet = visible ? [] : ['--quiet', '--progress-bar', 'off'];
  const child = spawn(program, [...first, ...pipArguments(wheel, folder), ...quiet], {
    env,
    stdio: ['ignore', visible ? 2 : 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const file = readdirSync(folder).find((name) => isWheelOf(name, wheel.project));
  if (status === 0 && file) return join(folder, file);
  const words = complaint.trim().split('\n').slice(-6).join('\n');
  throw new UserError(
    `pip could not fetch ${wheel.project}${wheel.specifier}:\n${words}\n` +
      'Mend what pip complains about, or fetch without it: --fetch-with https.',
  );
}

function isWheelOf(filename: string, project: string): boolean {
  return (
    filename.endsWith('.whl') && filename.split('-')[0]!.toLowerCase() === project.replaceAll('-', '_').toLowerCase()
  );
}
