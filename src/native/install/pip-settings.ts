import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {findHome, UserError} from '../../support/index.js';

/** What the user's pip is set to, for fetching without pip. */
export interface PipSettings {
  /** The index's address, ending in a slash; `https://pypi.org/simple/` where nothing is set. */
  readonly indexUrl: string;
  /** A file of certificates to trust beside the usual ones. */
  readonly certificates: string | undefined;
}

/** What to do where the index can't be reached. */
export const INDEX_REMEDY = 'Check the network, or the index that pip is set to (PIP_INDEX_URL).';

const DEFAULT_INDEX = 'https://pypi.org/simple/';

/**
 * The index and the certificates that pip would use: `PIP_INDEX_URL` and `PIP_CERT`, else `index-url` and `cert` of its
 * configuration files, the user's before the machine's.
 * @throws UserError if the index is not an address
 * @see {@link https://pip.pypa.io/en/stable/topics/configuration/ | pip's configuration}
 */
export function pipSettings(env: NodeJS.ProcessEnv): PipSettings {
  const home = env.HOME ?? findHome() ?? '/';
  const config = env.XDG_CONFIG_HOME ?? join(home, '.config');
  const files = [
    env.PIP_CONFIG_FILE,
    env.VIRTUAL_ENV && join(env.VIRTUAL_ENV, 'pip.conf'),
    join(config, 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
  ];
  const sections = files.filter(Boolean).map((file) => globalSection(file!));
  const setting = (name: string): string | undefined => sections.find((section) => section[name])?.[name];
  // pip takes what is empty as not set.
  const index = env.PIP_INDEX_URL || setting('index-url') || DEFAULT_INDEX;
  if (!/^https?:$/.test(URL.canParse(index) ? new URL(index).protocol : '')) {
    // What may be a name and a password stays out of it.
    const withoutUserInfo = index.replace(/[^/]*@/, '');
    throw new UserError(
      `The package index that pip is set to, '${withoutUserInfo}', is not an address that begins with https:// or http://.\n${INDEX_REMEDY}`,
    );
  }
  return {
    indexUrl: index.endsWith('/') ? index : `${index}/`,
    certificates: env.PIP_CERT ?? env.SSL_CERT_FILE ?? setting('cert'),
  };
}

/** The keys of `[global]` and `[download]` in an INI file, the latter winning; none if the file can't be read. */
function globalSection(file: string): {[key: string]: string} {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  const found: {[section: string]: {[key: string]: string}} = {global: {}, download: {}};
  let section = '';
  for (const line of text.split('\n')) {
    const [, title, key, value] = /^\s*(?:\[(.+?)\]|([\w-]+)\s*[=:]\s*(.*?))\s*$/.exec(line) ?? [];
    if (title) section = title;
    else if (key && found[section]) found[section][key] = value!;
  }
  return {...found.global, ...found.download};
}
