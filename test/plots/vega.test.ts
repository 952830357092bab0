import {readFileSync} from 'node:fs';
import {isBuiltin} from 'node:module';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {root} from '../helpers/cli.js';

test('what draws charts is one file in the package: of its packages it loads the one with a native part alone', () => {
  const text = readFileSync(join(root, 'dist', 'src', 'plots', 'vega.js'), 'utf8');
  const imported = [...text.matchAll(/^(?:import|export) [^;]*?from "(.+?)"|\bimport\("(.+?)"\)/gm)];
  const packages = imported.map(([, named, loaded]) => named ?? loaded!).filter((name) => !isBuiltin(name));
  expect([...new Set(packages)]).toEqual(['canvas']);
});
