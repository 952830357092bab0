import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import type * as Loaded from '../../src/support/loaded-code.js';
import {temporaryFolder} from '../helpers/cli.js';

let loaded: typeof Loaded;
beforeEach(async () => {
  vi.resetModules();
  loaded = await import('../../src/support/loaded-code.js');
});

const isUsers = (file: string): boolean => !file.includes('node_modules');
const read = (file: string, text = file) => loaded.noteLoaded({file, content: Buffer.from(text)});
const got = (parent: string | undefined, specifier: string, child: string, how: 'import' | 'require' = 'import') =>
  loaded.noteLoaded({how, parent, specifier, child});
const codeOf = (...entries: string[]) => loaded.loadedCode(entries, isUsers);

/** Notes that a module is loaded, and what it and its files get. */
function load(module: string, ...children: string[]): void {
  loaded.noteBeginning(module);
  read(module);
  for (const child of children) {
    got(module, child, child);
    read(child);
  }
}

describe('the code of modules', () => {
  test('is what they have got and loaded, but for packages and what was only looked for', () => {
    load('/w/mine.ts', '/w/lib/a.ts', '/node_modules/p/index.js');
    got('/w/lib/a.ts', '../../x/b.ts', '/x/b.ts');
    got('/w/lib/a.ts', './d.txt', '/w/lib/d.txt', 'require');
    got('/node_modules/p/index.js', './c.js', '/node_modules/p/c.js');
    read('/x/b.ts');
    read('/x/other.ts');
    const code = codeOf('/w/mine.ts');
    expect([...code.files.keys()]).toEqual(['/w/lib/a.ts', '/w/mine.ts', '/x/b.ts']);
    expect(code.importsFrom('/w')).toEqual({
      'mine.ts': {'./lib/a.ts': 'lib/a.ts'},
      'lib/a.ts': {'../x/b.ts': '../x/b.ts'},
    });
  });

  test('has what packages, and modules without files, get of it', () => {
    load('/w/mine.ts', '/w/a.ts');
    got('/node_modules/p/index.js', '/w/a.ts', '/w/a.ts', 'require');
    got(undefined, 'file:///w/a.ts', '/w/a.ts');
    expect(codeOf('/w/mine.ts').importsFrom('/w')).toEqual({
      ...{'': {'./a.ts': 'a.ts'}, 'mine.ts': {'./a.ts': 'a.ts'}},
      '../node_modules/p/index.js': {'require ./a.ts': 'a.ts'},
    });
  });

  test('is refused where a file had two contents, or a name led to two files', () => {
    load('/w/mine.ts', '/w/a.ts', '/w/b.ts');
    read('/w/a.ts');
    expect(codeOf('/w/mine.ts').files.size).toBe(3);
    got('/w/mine.ts', '#a', '/w/a.ts');
    got('/w/mine.ts', '#a', '/w/b.ts');
    expect(() => codeOf('/w/mine.ts').importsFrom('/w')).toThrow("/w/mine.ts: got /w/a.ts, and then /w/b.ts by '#a'");
    read('/w/a.ts', 'changed');
    expect(() => codeOf('/w/mine.ts')).toThrow('/w/a.ts: was loaded twice, and had changed in between');
  });

  test('of a package, of which nothing is noted, is as it is on the disk; a file of the user is never that', () => {
    const file = join(temporaryFolder(), 'a.js');
    writeFileSync(file, 'text');
    expect(loaded.loadedCode([file], () => false).files.get(file)).toEqual(Buffer.from('text'));
    expect(() => codeOf(file)).toThrow(`${file}: was not loaded, though a link led there`);
  });
});

describe('what was asked for after a time', () => {
  test('is what was read or got in a new way only then', () => {
    load('/w/mine.ts', '/w/early.ts', '/w/again.ts');
    const time = loaded.loadingTime();
    load('/s/own.ts', '/s/lib.ts');
    got('/w/mine.ts', '/w/late.ts', '/w/late.ts');
    read('/w/late.ts');
    // It is loaded once more, as for a check.
    loaded.noteBeginning('/s/own.ts');
    got('/w/mine.ts', '/w/early.ts', '/w/early.ts');
    got('/w/mine.ts', '#again', '/w/again.ts');
    // Asked for where it is, a file that was loaded before is no news.
    got('/w/mine.ts', './early.ts', '/w/early.ts', 'require');
    const code = codeOf('/w/mine.ts');
    expect(code.newsSince(time, ['/s/own.ts'])).toEqual(['/w/again.ts', '/w/late.ts']);
    expect(code.newsSince(loaded.loadingTime(), ['/s/own.ts'])).toEqual([]);
  });

  test('is nothing that only those modules get', () => {
    load('/w/mine.ts', '/w/a.ts');
    const time = loaded.loadingTime();
    load('/s/own.ts', '/s/lib.ts');
    got('/s/lib.ts', '#a', '/w/a.ts');
    expect(codeOf('/w/mine.ts').newsSince(time, ['/s/own.ts'])).toEqual([]);
    expect(codeOf('/w/mine.ts').newsSince(time, [])).toEqual(['/w/a.ts']);
  });
});

test('what no known module has got is told by when it was loaded', () => {
  load('/w/mine.ts', '/w/a.ts');
  read('/w/stray.cjs');
  loaded.noteLoaded({entry: '/w/decoder.ts'});
  read('/w/decoder.ts');
  load('/s/own.ts', '/s/b.ts');
  read('/s/stray.cjs');
  read('/node_modules/p/index.js');
  const strays = (...modules: string[]) => loaded.strayFiles(loaded.beginningOf(modules), isUsers);
  expect(strays('/w/mine.ts')).toEqual(['/w/stray.cjs', '/s/stray.cjs']);
  expect(strays('/s/own.ts', '/never.ts')).toEqual(['/s/stray.cjs']);
  expect(strays('/never.ts')).toEqual([]);
  expect(loaded.threadModules()).toEqual(['/w/decoder.ts']);
});
