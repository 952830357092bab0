import {execFile, execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {describe, expect, onTestFinished, test} from 'vitest';
import {type KeptCode, keptChild, requireKnownChild} from '../../src/support/known-code.js';
import {root, temporaryFolder} from '../helpers/cli.js';

const FILES = {
  'mine.ts':
    "import './helper.mjs';\nimport './plain.cjs';\nimport '../above/steps.js';\nimport './data.json' with {type: 'json'};\nexport const later = () => import('./later.ts');\n",
  'helper.mjs': 'export {};\n',
  'plain.cjs': "require('./data.json');\nrequire('../above/plain.cjs');\nrequire('./plain.ts');\n",
  'plain.ts': 'module.exports = 1;\n',
  'parent/above/steps.ts': 'export {};\n',
  'parent/above/plain.cjs': '',
  'data.json': '{}\n',
  'later.ts': 'export {};\n',
};
const EVIL = "process.stdout.write('evil');\n";

/** Loads `mine.ts` in a process that knows what all files held, after a change of them. @returns what it printed, or its error */
async function loaded(change: (folder: string) => void): Promise<string> {
  const folder = realpathSync(temporaryFolder());
  mkdirSync(join(folder, 'parent/above'), {recursive: true});
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const known = Object.entries(FILES).map(([name, text]) => [
    join(folder, name),
    createHash('sha256').update(text).digest('hex'),
  ]);
  const kept = Object.keys(FILES).map((name) => [join(folder, name), name.replace('parent/', '../')]);
  change(folder);
  const module = (name: string) => JSON.stringify(pathToFileURL(join(root, 'dist/src', name)).href);
  const script = `
    const {importUserModule, keepRequiredText, requireCode} = await import(${module('support/index.js')});
    keepRequiredText();
    requireCode(new Map(${JSON.stringify(known)}), new Map(${JSON.stringify(kept)}));
    try {
      const {later} = await importUserModule(${JSON.stringify(join(folder, 'mine.ts'))}, 'mine.ts');
      await later();
      process.stdout.write('loaded');
    } catch (error) {
      process.stdout.write(error.message);
    }`;
  const options = {timeout: 20_000};
  const {stdout} = await promisify(execFile)('node', ['--input-type=module', '-e', script], options);
  return stdout.replaceAll(`${folder}/`, '');
}

const swapped = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);

test('code that is as it is known is loaded', async () => {
  expect(await loaded(() => {})).toBe('loaded');
});

test.each([
  ['mine.ts', EVIL],
  ['helper.mjs', EVIL],
  ['plain.cjs', EVIL],
  ['data.json', '{"evil": 1}'],
  ['plain.ts', EVIL],
  ['later.ts', EVIL],
  ['parent/above/steps.ts', EVIL],
  ['parent/above/plain.cjs', EVIL],
])('of %s nothing runs if it holds something else', async (name, text) => {
  expect(await loaded(swapped(name, text))).toMatch(
    new RegExp(`^${name}: it is not as the run loaded it \\(its SHA-256 is .*\\)$`),
  );
});

test('a pipe is not waited for', async () => {
  const pipe = (folder: string) => {
    rmSync(join(folder, 'helper.mjs'));
    execFileSync('mkfifo', [join(folder, 'helper.mjs')]);
  };
  expect(await loaded(pipe)).toContain('helper.mjs: it is not a file (a folder, pipe or device)');
});

test('a file that has become a link elsewhere is not followed', async () => {
  const link = (name: string) => (folder: string) => {
    rmSync(join(folder, name));
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other', name), EVIL);
    symlinkSync(join(folder, 'other', name), join(folder, name));
  };
  expect(await loaded(link('mine.ts'))).toContain('mine.ts: it has become a link to other/mine.ts');
  expect(await loaded(link('helper.mjs'))).toContain('helper.mjs: it has become a link to other/helper.mjs');
});

test.each(['helper.mjs', 'plain.cjs', 'data.json'])(
  'nor is %s where it has become a link to the same text in a package',
  async (name) => {
    const link = (folder: string) => {
      mkdirSync(join(folder, 'node_modules/e'), {recursive: true});
      renameSync(join(folder, name), join(folder, 'node_modules/e', name));
      symlinkSync(join(folder, 'node_modules/e', name), join(folder, name));
    };
    expect(await loaded(link)).toContain(`${name}: it has become a link to node_modules/e/${name}`);
  },
);

test.each([
  ['helper.mjs', 'later.ts'],
  ['plain.cjs', 'parent/above/plain.cjs'],
  ['parent/above/plain.cjs', 'plain.cjs'],
  ['parent/above/steps.ts', 'later.ts'],
  ['data.json', 'parent/above/plain.cjs'],
])('nor is %s where it has become a link to %s, which is known, too', async (name, other) => {
  const link = (folder: string) => {
    rmSync(join(folder, name));
    symlinkSync(join(folder, other), join(folder, name));
  };
  expect(await loaded(link)).toContain(`${name}: it has become a link to ${other}`);
});

test('the folder of the code that has become a link is not followed', async () => {
  const link = (folder: string) => {
    renameSync(folder, `${folder}-away`);
    symlinkSync(`${folder}-away`, folder);
    onTestFinished(() => rmSync(`${folder}-away`, {recursive: true}));
  };
  expect(await loaded(link)).toContain('mine.ts: it has become a link to ');
});

test.each([
  ['./b.ts', false, false],
  ['./b.ts', true, false],
  ['/x/b.ts', true, false],
  ['#b', true, false],
  ['b', false, false],
  ['b', true, true],
  ['@b/c', true, true],
])('what known code asks for as %s may be unknown if it is a package: %s', (specifier, isPackaged, isAllowed) => {
  const require = (parent: string, child: string) => () =>
    requireKnownChild(new Map([['/x/a.ts', '0']]), {parent, specifier, child, isPackaged});
  if (isAllowed) expect(require('/x/a.ts', '/x/b.ts')).not.toThrow();
  else expect(require('/x/a.ts', '/x/b.ts')).toThrow('/x/b.ts: it is no part of what the run loaded, and /x/a.ts');
  expect(require('/x/a.ts', '/x/a.ts')).not.toThrow();
  expect(require('/x/b.ts', '/x/c.ts')).not.toThrow();
});

describe('code that is kept elsewhere', () => {
  const code: KeptCode = new Map([
    ['/run/mine.ts', 'mine.ts'],
    ['/run/lib/a.ts', 'lib/a.ts'],
    ['/run/parent/shared/b.ts', '../shared/b.ts'],
    ['/run/parent/parent/c.cjs', '../../c.cjs'],
  ]);

  test.each([
    ['/run/mine.ts', './lib/a.ts', '/run/lib/a.ts'],
    ['/run/mine.ts', './lib/a.js', '/run/lib/a.ts'],
    ['/run/mine.ts', '../shared/b.js', '/run/parent/shared/b.ts'],
    ['/run/lib/a.ts', '../../shared/b.ts', '/run/parent/shared/b.ts'],
    ['/run/parent/shared/b.ts', '../../c.cjs', '/run/parent/parent/c.cjs'],
    ['/run/mine.ts', '../shared/other.ts', undefined],
    ['/run/mine.ts', 'shared', undefined],
    ['/other/mine.ts', '../shared/b.ts', undefined],
  ])('%s finds %s', (parent, specifier, place) => {
    expect(keptChild([new Map([['/else/mine.ts', 'mine.ts']]), code], parent, specifier)).toBe(place);
  });
});
