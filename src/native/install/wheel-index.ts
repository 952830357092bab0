import {compare} from '@renovatebot/pep440';
import {UserError} from '../../support/index.js';
import {INDEX_REMEDY} from './pip-settings.js';
import {satisfies, type WheelRequest} from './plan.js';

/** A wheel as a package index lists it. */
export interface IndexedWheel {
  readonly filename: string;
  /** Absolute. */
  readonly url: string;
  /** In lower-case hexadecimal; undefined where the index gives none. */
  readonly sha256: string | undefined;
  /** Bytes, where the index says so. */
  readonly size: number | undefined;
}

/** What to send as `Accept`, so that an index which can answer in JSON does. */
export const INDEX_ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.2';

/**
 * Reads a project's page in a package index, in either of the two forms an index may answer in.
 * @param page.url - the page's own address, which relative links start from
 * @throws Error if the page is in JSON that is not a list of files
 * @see {@link https://packaging.python.org/en/latest/specifications/simple-repository-api/ | simple repository API}
 */
export function readIndexPage(page: {url: string; contentType: string; body: string}): IndexedWheel[] {
  const files = page.contentType.includes('json') ? filesOfJson(page.body) : filesOfHtml(page.body);
  return files
    .filter(({filename}) => filename.endsWith('.whl'))
    .map((file) => ({...file, url: new URL(file.url, page.url).href}));
}

interface JsonFile {
  filename: string;
  url: string;
  hashes?: {sha256?: string};
  size?: number;
  yanked?: boolean | string;
}

function filesOfJson(body: string): IndexedWheel[] {
  const {files} = JSON.parse(body) as {files: JsonFile[]};
  return files
    .filter(({yanked}) => !yanked)
    .map(({filename, url, hashes, size}) => ({filename, url, sha256: hashes?.sha256?.toLowerCase(), size}));
}

function filesOfHtml(body: string): IndexedWheel[] {
  const links = body.matchAll(/<a\b([^>]*?)\bhref\s*=\s*["']([^"']+)["']([^>]*)>/gi);
  return [...links]
    .filter(([, before, , after]) => !/\bdata-yanked\b/i.test(`${before} ${after}`))
    .map(([, , href]) => {
      const [url, fragment = ''] = href!.replaceAll('&amp;', '&').split('#') as [string, string?];
      const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase();
      return {filename: decodeURIComponent(url.split('?')[0]!.split('/').at(-1)!), url, sha256, size: undefined};
    });
}

/**
 * The newest wheel for Linux x86-64 that a request allows. TensorFlow's libraries are the same in the wheels for every
 * version of Python; one for CPython is as good as another.
 * @throws UserError that lists the versions there are, if none will do
 */
export function chooseWheel(wheels: readonly IndexedWheel[], request: WheelRequest): IndexedWheel {
  const usable = wheels
    .map((wheel) => ({wheel, ...partsOf(wheel.filename)}))
    .filter(({platform}) => /manylinux.*x86_64|^any$/.test(platform));
  const versions = usable.map(({version}) => version);
  const newest = versions
    .filter((version) => satisfies(version, request.specifier))
    .sort(compare)
    .at(-1);
  const found = usable.find(({version}) => version === newest);
  if (found) return found.wheel;
  throw noSuchVersion(request, versions);
}

/** @param versions - those that the index has, in any order; only releases are listed, since only they can be requested */
export function noSuchVersion({project, specifier}: WheelRequest, versions: readonly string[]): UserError {
  const releases = [...new Set(versions)].filter((version) => /^\d+(\.\d+)*$/.test(version)).sort(compare);
  const there = releases.length === 0 ? 'none' : releases.slice(-6).join(', ');
  const choose = project.startsWith('tensorflow') ? 'Choose one of these with --version.' : 'Try again later.';
  const remedy = releases.length > 0 ? choose : INDEX_REMEDY;
  return new UserError(
    `The package index has no wheel of ${project}${specifier} for Linux x86-64. The newest it has: ${there}.\n${remedy}`,
  );
}

/** @see {@link https://packaging.python.org/en/latest/specifications/binary-distribution-format/ | wheel file names} */
function partsOf(filename: string): {version: string; platform: string} {
  const parts = filename.replace(/\.whl$/, '').split('-');
  return {version: parts[1] ?? '', platform: parts.at(-1) ?? ''};
}
