import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import type {Metafile} from 'esbuild';

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * Puts the licences of the packages that a bundle contains at its end, as they ask for: whoever passes the file on passes them on.
 * @param metafile - of the build, made in the folder that the process works in
 * @throws Error if a package has none
 */
export function appendLicences(bundle: string, {outputs}: Metafile): void {
  const inputs = Object.entries(outputs).find(([path]) => basename(path) === basename(bundle))![1].inputs;
  const used = Object.entries(inputs).filter(([, {bytesInOutput}]) => bytesInOutput > 0);
  const packages = new Set(used.flatMap(([path]) => PACKAGE.exec(path)?.[0] ?? []));
  const namesByText = new Map<string, Set<string>>();
  for (const folder of packages) {
    const text = licenceIn(folder);
    namesByText.set(text, (namesByText.get(text) ?? new Set()).add(folder.replace(/^.*node_modules\//, '')));
  }
  const notices = [...namesByText].map(([text, names]) => `${[...names].sort().join(', ')}\n\n${text}`);
  writeFileSync(bundle, `${readFileSync(bundle, 'utf8')}\n/*!\nContains:\n\n${notices.join('\n\n')}\n*/\n`);
}

function licenceIn(folder: string): string {
  const file = existsSync(folder) ? readdirSync(folder).find((name) => /^licen[cs]e/i.test(name)) : undefined;
  if (file === undefined) throw new Error(`${folder}: there is no licence`);
  return readFileSync(join(folder, file), 'utf8').trim();
}
