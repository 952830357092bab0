import {createHash} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {importKey, recordedKey} from '../../src/support/import-key.js';
import {keptPath, pathOfKept} from '../../src/support/kept-path.js';
import {
  type KnownCode,
  knownPlace,
  placesOfPackages,
  recordedChild,
  requireKnown,
  requireKnownChild,
  requireKnownPlace,
} from '../../src/support/known-code.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('what a file asks for', () => {
  test.each([
    ['import', '/x/a/b.ts', './lib/../c.ts?v=1#d', './c.ts'],
    ['import', '/x/a/b.ts', 'file:///x/c%20d.ts', '../c d.ts'],
    ['import', '/x/a/b.ts', '/x/a/c.ts', './c.ts'],
    ['import', '/x/a/b.ts', '../a/.c/d.ts', './.c/d.ts'],
    ['import', '/x/a/lib/b.ts', './c.ts', './lib/c.ts'],
    ['import', undefined, 'file:///x/a/c.ts', './c.ts'],
    ['import', '/x/a/b.ts', '#c?d', '#c?d'],
    ['import', '/x/a/b.ts', '@c/d', '@c/d'],
    ['import', '/x/a/b.ts', '.c', '.c'],
    ['require', '/x/a/b.ts', '/x/c?d', 'require ../c?d'],
    ['require', '/x/a/b.ts', './c', 'require ./c'],
    ['require', '/x/a/b.ts', './c/', 'require ./c/'],
    ['require', '/x/a/b.ts', './c/.', 'require ./c/'],
    ['require', '/x/a/b.ts', '..', 'require ../'],
    ['require', '/x/a/b.ts', 'c', 'require c'],
  ] as const)('by %s in %s as %s is recorded as %s', (how, parent, specifier, key) => {
    expect(recordedKey(importKey({how, parent, specifier}), '/x/a')).toBe(key);
  });
});

test.each([
  ['lib/a.ts', 'lib/a.ts'],
  ['../../a.ts', 'parent/parent/a.ts'],
  ['parent/a.ts', 'parent~/a.ts'],
  ['../parent~/parents.ts', 'parent/parent~~/parents.ts'],
  ['grandparent/parent~~/a.ts', 'grandparent/parent~~~/a.ts'],
])('%s is kept as %s', (path, kept) => {
  expect(keptPath(path)).toBe(kept);
  expect(pathOfKept(kept)).toBe(path);
});

describe('a known file', () => {
  const code: KnownCode = {
    ...{folder: '/p/was', place: '/now', isKept: true, packages: '/packages'},
    files: {
      'a.ts': {place: '/now/a.ts', sha256: sha256('a')},
      '../b.ts': {place: '/now/parent/b.ts', sha256: sha256('b')},
      'parent/b.ts': {place: '/now/parent~/b.ts', sha256: ''},
      constructor: {place: '/now/constructor', sha256: ''},
    },
    imports: {
      'a.ts': {'#b': '../b.ts', '../b.ts': '../b.ts', './parent/b.ts': 'parent/b.ts', './gone.ts': 'gone.ts'},
      '../b.ts': {'./a.ts': 'a.ts'},
      'lib/noop.js': {'#a': 'a.ts'},
      '': {'./a.ts': 'a.ts'},
    },
  };
  const known = {codes: [code], isAll: true};
  const found =
    (parent: string | undefined, specifier: string, child: string, isPackaged = false) =>
    () =>
      requireKnownChild(known, {how: 'import', parent, specifier, child, isPackaged});

  test.each([
    ['/now/a.ts', '#b', '/now/parent/b.ts'],
    ['/now/a.ts', '../b.ts', '/now/parent/b.ts'],
    ['/now/a.ts', 'file:///b.ts', '/now/parent/b.ts'],
    ['/now/a.ts', 'file:///p/b.ts', '/now/parent/b.ts'],
    ['/now/parent/b.ts', './was/a.ts', '/now/a.ts'],
    ['/now/parent/b.ts', 'file:///p/was/a.ts', '/now/a.ts'],
    ['/now/parent/b.ts', 'file:///now/a.ts?b', '/now/a.ts'],
    ['/now/lib/noop.js', '#a', '/now/a.ts'],
    ['/p/was/lib/noop.js', '#a', '/now/a.ts'],
    [undefined, 'file:///p/was/a.ts', '/now/a.ts'],
    ['/now/a.ts', './gone.ts', undefined],
    ['/now/a.ts', 'constructor', undefined],
    ['/now/c.ts', '#b', undefined],
  ])('%s gets by %s what it got: %s', (parent, specifier, child) => {
    expect(recordedChild(known, {how: 'import', parent, specifier})).toBe(child);
    expect(recordedChild(known, {how: 'require', parent, specifier})).toBe(undefined);
  });

  test.each([
    ['/now/a.ts', './c.ts', '/x/node_modules/c.ts', true],
    ['/now/a.ts', '/c.ts', '/x/node_modules/c.ts', true],
    ['/now/a.ts', '#c', '/now/parent/b.ts', false],
    ['/now/a.ts', '/now/constructor', '/now/parent/b.ts', false],
    ['/x/node_modules/c.ts', 'b', '/now/parent/b.ts', false],
    [undefined, 'b', '/now/parent/b.ts', false],
  ])('%s may not ask for %s if it is %s (in a package: %s)', (parent, specifier, child, isPackaged) => {
    expect(found(parent, specifier, child, isPackaged)).toThrow(
      specifier === '/now/constructor'
        ? 'it has become a link'
        : ` asks for it as '${specifier}', by which the run has`,
    );
  });

  test('may ask for packages by name, for parts of Node, for what it got, and for where unknown files are', () => {
    expect(found('/now/a.ts', 'c', '/x/node_modules/c.ts', true)).not.toThrow();
    expect(found('/now/a.ts', '#c', '/x/node_modules/c.ts', true)).not.toThrow();
    expect(found('/now/a.ts', 'fs', 'fs')).not.toThrow();
    expect(found('/now/a.ts', '#b', '/now/parent/b.ts')).not.toThrow();
    expect(found('/now/a.ts', './parent/b.ts', '/now/parent~/b.ts')).not.toThrow();
    expect(found('/now/a.ts', './d.txt', '/now/d.txt')).not.toThrow();
    expect(found('/x/node_modules/c.ts', '/now/a.ts', '/now/a.ts')).not.toThrow();
    expect(found('/now/a.ts', '#b', '/x/node_modules/c.ts', true)).toThrow('/now/parent/b.ts: it has become a link to');
    expect(found('/x/node_modules/c.ts', '/now/a.ts', '/now/parent/b.ts')).toThrow(
      '/now/a.ts: it has become a link to',
    );
  });

  test('of a package gets what is in it by its place', () => {
    const packaged = {...code, folder: '/x/node_modules/p', place: '/x/node_modules/p', isKept: false, imports: {}};
    const files = {'a.js': {place: '/x/node_modules/p/a.js', sha256: ''}};
    const ofBoth = {codes: [{...packaged, files}, code], isAll: true};
    const asking = (parent: string) => () =>
      requireKnownChild(ofBoth, {
        how: 'import',
        parent,
        specifier: './b.js',
        child: '/x/node_modules/b.js',
        isPackaged: true,
      });
    expect(asking('/x/node_modules/p/a.js')).not.toThrow();
    expect(asking('/now/a.ts')).toThrow(/asks for it as '.\/b.js'/);
    const [parent, child] = ['/now/a.ts', '/now/parent/b.ts'];
    const asked = {how: 'import', parent, specifier: '#b', child, isPackaged: false} as const;
    expect(() => requireKnownChild(ofBoth, asked)).not.toThrow();
  });

  test('is told from others by the code of the error', () => {
    const codeOf = (work: () => void): string | undefined => {
      try {
        work();
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
      return undefined;
    };
    expect(codeOf(() => requireKnown(known, '/now/a.ts', Buffer.from('b')))).toBe('ERR_OTHER_CODE');
    expect(codeOf(() => requireKnown(known, '/now/c.ts', Buffer.from('b')))).toBe('ERR_UNKNOWN_CODE');
    expect(codeOf(() => knownPlace(known, '/now/c.ts'))).toBe('ERR_UNKNOWN_CODE');
    expect(codeOf(found('/now/a.ts', '#b', '/now/a.ts'))).toBe('ERR_OTHER_CODE');
    expect(codeOf(() => requireKnownPlace(known, '/now/a.ts', '/now/b.ts'))).toBe('ERR_OTHER_CODE');
    expect(codeOf(() => requireKnownPlace(known, '/now/c.ts', '/now/b.ts'))).toBe(undefined);
    expect(codeOf(() => requireKnownPlace(known, '/now/a.ts', '/now/a.ts'))).toBe(undefined);
    expect(codeOf(found('/now/a.ts', '#c', '/now/parent/b.ts'))).toBe('ERR_UNKNOWN_CODE');
  });

  test('is where it is, and was where the code was', () => {
    expect(placesOfPackages(known, '/now/parent/b.ts')).toEqual(['/p/b.ts', '/packages/any.js']);
    expect(placesOfPackages(known, '/p/was/a.ts')).toBe(undefined);
    expect(placesOfPackages({codes: [{...code, folder: '/now'}], isAll: true}, '/now/a.ts')).toBe(undefined);
  });

  test('holds what it held; an unknown one is refused where any is known, but in packages', () => {
    const content = (text: string) => Buffer.from(text);
    expect(() => requireKnown(known, '/now/a.ts', content('a'))).not.toThrow();
    expect(() => requireKnown(known, '/now/a.ts', content('b'))).toThrow('/now/a.ts: it is not as the run loaded it');
    expect(() => requireKnown(known, '/now/c.ts', content('a'))).toThrow('/now/c.ts: it is no part of what the run');
    expect(() => requireKnown(known, '/now/c.ts', content('a'), false)).not.toThrow();
    expect(() => requireKnown({...known, isAll: false}, '/now/c.ts', content('a'))).not.toThrow();
  });

  test('is found by a thread by either place; another file is refused where any is known', () => {
    const files = ['/now/a.ts', '/p/was/a.ts', '/p/b.ts', '/now/parent/b.ts', '/b.ts'];
    expect(files.map((file) => knownPlace(known, file))).toEqual([
      ...['/now/a.ts', '/now/a.ts', '/now/parent/b.ts', '/now/parent/b.ts', '/now/parent/b.ts'],
    ]);
    expect(knownPlace({codes: [], isAll: false}, '/x.ts')).toBe('/x.ts');
    expect(knownPlace({codes: [code], isAll: false}, '/x.ts')).toBe('/x.ts');
    for (const file of ['/x.ts', '/now/b.ts', '/p/was/toString'])
      expect(() => knownPlace(known, file)).toThrow(`${file}: it is no part of what the run loaded`);
  });
});
