import {relative, sep} from 'node:path';

/** The path of a file from a folder, with `/` on every system. */
export function pathFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

/**
 * The path of a file of the code in the folder that keeps it. Above that there is none in a run: what `..` leads to is called `parent`,
 * and the code's own folders of that name have a `~` more.
 */
export function keptPath(path: string): string {
  const partOf = (part: string): string => (part === '..' ? 'parent' : /^parent~*$/.test(part) ? `${part}~` : part);
  return path.split('/').map(partOf).join('/');
}

/** The path of what is kept as another one. */
export function pathOfKept(kept: string): string {
  const partOf = (part: string): string =>
    part === 'parent' ? '..' : /^parent~+$/.test(part) ? part.slice(0, -1) : part;
  return kept.split('/').map(partOf).join('/');
}
