import {execFile, execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {describe, expect, onTestFinished, test} from 'vitest';
import {keptPath} from '../../src/support/kept-path.js';
import type {KnownCode} from '../../src/support/known-code.js';
import {tfRecord} from '../../src/support/tfrecord.js';
import {root, temporaryFolder} from '../helpers/cli.js';

/** A code in the folder `mine`, and what is above it. */
const FILES = {
  'mine.ts':
    "import './helper.mjs';\nimport './plain.cjs';\nimport '../above/steps.js';\nimport './data.json' with {type: 'json'};\nimport '#named';\nimport 'member';\nimport 'package';\nexport const later = () => import(new URL('./later.ts?a=1', import.meta.url).href);\n",
  'helper.mjs': 'export {};\n',
  'plain.cjs': "require('./data');\nrequire('../above');\nrequire('./plain.ts');\nrequire(__dirname + '/folder');\n",
  'plain.ts': 'module.exports = 1;\n',
  'folder/main.cjs': '',
  'named.ts': 'export {};\n',
  '../above/steps.ts': "import '../mine/named.ts';\n",
  '../above/index.js': '',
  '../member/index.js': 'export {};\n',
  'data.json': '{}\n',
  'later.ts': 'export {};\n',
};
/** What the code needs beside its files. */
const OTHERS = {
  'folder/package.json': '{"main": "./main.cjs"}',
  'package.json': '{"imports": {"#named": "./named.ts"}}',
  '../member/package.json': '{"name": "member", "type": "module", "exports": "./index.js"}',
  '../node_modules/package/package.json': '{"name": "package", "exports": "./index.mjs"}',
  '../node_modules/package/index.mjs': '',
};
const IMPORTS = {
  'mine.ts': {
    './helper.mjs': 'helper.mjs',
    './plain.cjs': 'plain.cjs',
    '../above/steps.js': '../above/steps.ts',
    './data.json': 'data.json',
    '#named': 'named.ts',
    member: '../member/index.js',
    './later.ts': 'later.ts',
  },
  'plain.cjs': {
    'require ./data': 'data.json',
    'require ../above': '../above/index.js',
    'require ./plain.ts': 'plain.ts',
    'require ./folder': 'folder/main.cjs',
  },
  '../above/steps.ts': {'./named.ts': 'named.ts'},
};
const EVIL = "process.stdout.write('evil');\n";

type Change = (folder: string) => void;

function write(folder: string, files: {readonly [path: string]: string}): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  }
}

/** The folder `mine`, as the code was written. */
function newCode(): string {
  const folder = join(realpathSync(temporaryFolder()), 'mine');
  write(folder, {...FILES, ...OTHERS});
  symlinkSync('../member', join(folder, '../node_modules/member'));
  return folder;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What is known of it where it is, or where it is kept. */
function knownIn(folder: string, place = folder): KnownCode {
  const isKept = place !== folder;
  const placeOf = (path: string): string => (isKept ? keptPath(path) : path);
  const files = Object.entries(FILES).map(([path, text]) => [
    path,
    {place: join(place, placeOf(path)), sha256: sha256(text)},
  ]);
  return {
    ...{folder, place, isKept, packages: dirname(place)},
    ...{files: Object.fromEntries(files), imports: IMPORTS},
  };
}

/** Runs a script that has the tool's own functions. @returns what it printed, with paths from the code's folder */
async function ran(folder: string, script: string): Promise<string> {
  const module = JSON.stringify(pathToFileURL(join(root, 'dist/src/support/index.js')).href);
  const scratch = temporaryFolder();
  const file = join(scratch, 'script.mjs');
  writeFileSync(file, `const support = await import(${module});\n${script}`);
  const env = {...process.env, XDG_CACHE_HOME: scratch};
  const {stdout} = await promisify(execFile)('node', [file], {timeout: 20_000, env});
  return stdout.replaceAll(`${folder}/`, '');
}

/** Loads `mine.ts` where it is known. @returns what it printed, or its error */
function loadedWith(folder: string, code: KnownCode): Promise<string> {
  const module = JSON.stringify(code.files['mine.ts']!.place);
  return ran(
    folder,
    `
    support.keepRequiredText();
    support.requireCode(${JSON.stringify(code)});
    support.requireKnownCode();
    try {
      const {later} = await support.importUserModule(${module}, 'mine.ts');
      await later();
      process.stdout.write('loaded');
    } catch (error) {
      process.stdout.write(error.message);
    }`,
  );
}

/** The same where it was, after a change. */
function loaded(change: Change): Promise<string> {
  const folder = newCode();
  change(folder);
  return loadedWith(folder, knownIn(folder));
}

const swapped = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);

test('what a code gets by what it asks for is recorded', async () => {
  const folder = newCode();
  const recorded = await ran(
    folder,
    `
    const {later} = await support.importUserModule(${JSON.stringify(join(folder, 'mine.ts'))}, 'mine.ts');
    await later();
    const code = support.codeOfUserModules([${JSON.stringify(join(folder, 'mine.ts'))}]);
    const files = [...code.files].map(([file, content]) => [file, Buffer.from(content).toString()]);
    console.log(JSON.stringify({files, imports: code.importsFrom(${JSON.stringify(folder)})}));`,
  );
  const {files, imports} = JSON.parse(recorded);
  expect(imports).toEqual(IMPORTS);
  const above = `${dirname(folder)}/`;
  const expected = Object.entries(FILES).map(([path, text]) => [path.replace('../', above), text]);
  // Where Node has no loader for TypeScript that is required, what was read is kept as any other text.
  expect(Object.fromEntries(files)).toEqual(Object.fromEntries(expected));
});

test('code that is as it is known is loaded', async () => {
  expect(await loaded(() => {})).toBe('loaded');
});

test.each(Object.keys(FILES).map((path) => [path, path.endsWith('.json') ? '{"evil": 1}' : EVIL]))(
  'of %s nothing runs if it holds something else',
  async (path, text) => {
    expect(await loaded(swapped(path, text))).toMatch(
      new RegExp(`${path.replace('../', '')}: it is not as the run loaded it \\(its SHA-256 is .*\\)$`),
    );
  },
);

test.each<[string, Change]>([
  ['imports of package.json', swapped('package.json', '{"imports": {"#named": "./later.ts"}}')],
  ['the main file of a folder', swapped('folder/package.json', '{"main": "../plain.ts"}')],
  ['a nearer package', (folder) => write(join(folder, 'node_modules/member'), {'index.js': EVIL})],
  ['a nearer file', swapped('data.js', EVIL)],
  ['a file in the place of a folder', swapped('folder.js', EVIL)],
  ['a workspace whose links are gone', (folder) => rmSync(join(folder, '../node_modules/member'))],
])('names mean what they meant, whatever becomes of %s', async (_, change) => {
  expect(await loaded(change)).toBe('loaded');
});

test('code that is kept elsewhere gets its files there, and packages from where it was', async () => {
  const folder = newCode();
  const kept = join(dirname(folder), 'run/source');
  write(kept, Object.fromEntries(Object.entries(FILES).map(([path, text]) => [keptPath(path), text])));
  for (const path of Object.keys(FILES)) writeFileSync(join(folder, path), EVIL);
  expect(await loadedWith(folder, knownIn(folder, kept))).toBe('loaded');
  rmSync(join(folder, '../node_modules'), {recursive: true});
  // What lies in the run's own folder is no package of the code's.
  write(kept, {'node_modules/package/package.json': '{"exports": "./a.mjs"}', 'node_modules/package/a.mjs': EVIL});
  expect(await loadedWith(folder, knownIn(folder, kept))).toContain("Cannot find package 'package'");
  write(join(folder, '../run/node_modules/package'), {'package.json': '{"exports": "./a.mjs"}', 'a.mjs': ''});
  expect(await loadedWith(folder, knownIn(folder, kept))).toBe('loaded');
});

test('an ES module that is required is refused where Node hides what it imports, and read elsewhere', async () => {
  const requiring = (folder: string) => {
    write(folder, {'plain.cjs': "require('./helper.mjs');\n"});
    const known = knownIn(folder);
    const files = {
      ...known.files,
      'plain.cjs': {...known.files['plain.cjs']!, sha256: sha256("require('./helper.mjs');\n")},
    };
    return {...known, files, imports: {...IMPORTS, 'plain.cjs': {'require ./helper.mjs': 'helper.mjs'}}};
  };
  const folder = newCode();
  const found = await loadedWith(folder, requiring(folder));
  if (process.version.startsWith('v20.')) expect(found).toContain('helper.mjs: it is an ES module that is required');
  else expect(found).toBe('loaded');
});

test('a pipe is not waited for', async () => {
  const pipe = (folder: string) => {
    rmSync(join(folder, 'helper.mjs'));
    execFileSync('mkfifo', [join(folder, 'helper.mjs')]);
  };
  expect(await loaded(pipe)).toContain('helper.mjs: it is not a file (a folder, pipe or device)');
});

test.each(['mine.ts', 'helper.mjs', 'plain.cjs', 'data.json'])(
  '%s that has become a link elsewhere is not followed, not even to the same text in a package',
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
  ['plain.cjs', 'folder/main.cjs'],
  ['folder/main.cjs', 'plain.cjs'],
  ['data.json', 'folder/main.cjs'],
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

describe('code that reads data in a thread', () => {
  const DECODER = {
    'decoder.ts':
      "import {value} from '../above/value.ts';\nexport const createDecoder = () => (_record: Uint8Array, {x}: any) => { x[0] = value; };\n",
    '../above/value.ts': 'export const value = 7;\n',
  };
  const DECODER_IMPORTS = {'decoder.ts': {'../above/value.ts': '../above/value.ts'}};

  /** Reads a record with a decoder, as code that is known. @returns the value, or the error, and what was loaded of the code */
  async function read(folder: string, decoder: string, codes: readonly KnownCode[]) {
    writeFileSync(join(folder, 'records.bin'), tfRecord(Buffer.of(1)));
    const data = JSON.stringify(pathToFileURL(join(root, 'dist/src/data/index.js')).href);
    const printed = await ran(
      folder,
      `
      const {recordSource} = await import(${data});
      for (const code of ${JSON.stringify(codes)}) support.requireCode(code);
      if (${codes.length} > 0) support.requireKnownCode();
      const source = await recordSource({
        files: [${JSON.stringify(join(folder, 'records.bin'))}],
        decoder: new URL(${JSON.stringify(pathToFileURL(decoder).href)}),
        fields: {x: {shape: [], dtype: 'float32'}},
      });
      const read = await source.read(Uint32Array.of(0)).then(({x}) => x.data[0], (error) => error.message);
      const code = support.codeOfUserModules(support.threadModules());
      const folder = ${JSON.stringify(folder)};
      console.log(JSON.stringify({read, files: [...code.files.keys()], imports: code.importsFrom(folder)}));
      await source.close?.();`,
    );
    return JSON.parse(printed.replaceAll(`${dirname(folder)}/`, '../'));
  }

  function newDecoder() {
    const folder = join(realpathSync(temporaryFolder()), 'mine');
    write(folder, DECODER);
    const files = (place: string, above: string) => ({
      'decoder.ts': {place: join(place, 'decoder.ts'), sha256: sha256(DECODER['decoder.ts'])},
      '../above/value.ts': {place: join(above, 'value.ts'), sha256: sha256(DECODER['../above/value.ts'])},
    });
    const known = (place: string, above: string): KnownCode => ({
      ...{folder, place, isKept: place !== folder, packages: '/'},
      ...{files: files(place, above), imports: DECODER_IMPORTS},
    });
    return {folder, decoder: join(folder, 'decoder.ts'), known};
  }

  test('belongs to what the process has loaded', async () => {
    const {folder, decoder} = newDecoder();
    expect(await read(folder, decoder, [])).toEqual({
      ...{read: 7, files: ['../above/value.ts', 'decoder.ts'], imports: DECODER_IMPORTS},
    });
  });

  test('is loaded as it is known, from where it is now', async () => {
    const {folder, decoder, known} = newDecoder();
    const here = known(folder, join(folder, '../above'));
    expect(await read(folder, decoder, [here])).toMatchObject({read: 7});
    writeFileSync(join(folder, '../above/value.ts'), 'export const value = 8;\n');
    expect((await read(folder, decoder, [here])).read).toContain('above/value.ts: it is not as the run loaded it');
    writeFileSync(decoder, EVIL);
    expect((await read(folder, decoder, [here])).read).toContain('decoder.ts: it is not as the run loaded it');
    const kept = join(folder, '../kept');
    write(kept, {'decoder.ts': DECODER['decoder.ts'], 'parent/above/value.ts': DECODER['../above/value.ts']});
    const moved = known(kept, join(kept, 'parent/above'));
    expect(await read(folder, join(kept, 'decoder.ts'), [moved])).toMatchObject({read: 7});
    expect(await read(folder, decoder, [moved])).toMatchObject({read: 7});
    expect((await read(folder, join(folder, 'other.ts'), [moved])).read).toContain(
      'other.ts: it is no part of what the run loaded',
    );
  });
});
