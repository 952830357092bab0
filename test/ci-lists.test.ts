import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {root} from './helpers/cli.js';

/** What stands in a list of .ci/run. */
function listed(name: string): string[] {
  const [list] = new RegExp(`^${name}=\\([^]*?^\\)$`, 'm').exec(readFileSync(join(root, '.ci', 'run'), 'utf8'))!;
  const print = `${list}\nprintf '%s\\n' "\${${name}[@]}"`;
  return execFileSync('bash', ['-c', print], {encoding: 'utf8', cwd: root}).trim().split('\n');
}

/** The test files that are meant: those of a folder, or one. */
function filesOf(path: string): string[] {
  const place = path.replace(/\/\*\*$/, '');
  if (!existsSync(join(root, place))) return [];
  if (statSync(join(root, place)).isFile()) return [place];
  return readdirSync(join(root, place))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${place}/${name}`);
}

test.each(['names_its_engine', 'same_on_any_engine'])('what TensorFlow is not tested with is there: %s', (name) => {
  const paths = listed(name);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => filesOf(path).length === 0)).toEqual([]);
});

test('each of them that is said to name its engine does not ask which one is tested', () => {
  const asking =
    /\b(testBackend|hasTensorflow|TEST_BACKEND)\b|helpers\/(attempts|submission|sweeps|workload-goldens|optimizer-suite)/;
  const files = listed('names_its_engine').flatMap(filesOf);
  expect(files.filter((file) => asking.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
