import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {compare} from '@renovatebot/pep440';
import {UserError} from '../../support/index.js';
import {INDEX_REMEDY} from './pip-settings.js';
import {satisfies, type WheelRequest} from './plan.js';
import {noSuchVersion} from './wheel-index.js';

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
    // Its cache would hold every wheel once more; the folder is cache enough.
    '--no-cache-dir',
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
 * @throws UserError with a summary of pip's output if it fails
 */
export async function downloadWithPip(
  pip: PipCommand,
  wheel: WheelRequest,
  {folder, visible, env}: {folder: string; visible: boolean; env: NodeJS.ProcessEnv},
): Promise<string> {
  // The usual place for temporary files is often too small for a wheel, and no rename away from the folder.
  const temporary = join(folder, '.pip');
  rmSync(temporary, {recursive: true, force: true});
  mkdirSync(temporary, {recursive: true});
  const [program, ...first] = pip;
  const quiet = visible ? [] : ['--quiet', '--progress-bar', 'off'];
  const child = spawn(program, [...first, ...pipArguments(wheel, folder), ...quiet], {
    env: {...env, TMPDIR: temporary},
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
  rmSync(temporary, {recursive: true, force: true});
  const file = newestWheel(readdirSync(folder), wheel);
  if (status === 0 && file) return join(folder, file);
  throw failureOf(wheel, complaint);
}

/** A summary of pip's output: of its retries, why the last one failed; for a missing version, the available ones. */
function failureOf(wheel: WheelRequest, complaint: string): UserError {
  const lines = complaint.trim().split('\n');
  const what = `pip could not fetch ${wheel.project}${wheel.specifier}`;
  const retry = lines.map((line) => /after connection broken by '(.+)': \S+$/.exec(line)?.[1]).findLast(Boolean);
  const versions = lines.map((line) => /\(from versions: (.*)\)$/.exec(line)?.[1]).find(Boolean);
  if (versions !== undefined && !(versions === 'none' && retry)) return noSuchVersion(wheel, versions.split(', '));
  if (retry) {
    // The reprs of Python's objects do not help the user.
    const reason = retry.replaceAll(/<\S+ object at 0x[0-9a-f]+>(: |, )?/g, '');
    return new UserError(`${what}: the package index can't be reached: ${reason}\n${INDEX_REMEDY}`);
  }
  const error = lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines.at(-1);
  return new UserError(
    `${what}: ${error || 'it does not say why'}\nFix what pip reports, or fetch without it: --fetch-with https.`,
  );
}

/** Of the files in the folder, where earlier tries may have left other versions, the one that was asked for. */
function newestWheel(files: readonly string[], {project, specifier}: WheelRequest): string | undefined {
  const name = project.replaceAll('-', '_').toLowerCase();
  const versionOf = (file: string): string => file.split('-')[1] ?? '';
  return files
    .filter((file) => file.endsWith('.whl') && file.split('-')[0]!.toLowerCase() === name)
    .filter((file) => satisfies(versionOf(file), specifier))
    .sort((a, b) => compare(versionOf(a), versionOf(b)))
    .at(-1);
}
