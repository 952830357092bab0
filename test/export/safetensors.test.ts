import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {saveCheckpoint} from '../../src/runs/index.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {pythonWith} from '../helpers/python.js';

/** The example of docs/exporting.md, as it stands there. */
const [, snippet] = readFileSync(join(root, 'docs', 'exporting.md'), 'utf8').match(
  /```python\n([^`]*safe_open[^`]*)```/,
)!;

describe('the example of docs/, in a Python with the package safetensors from the package index', () => {
  let python: string | undefined;
  beforeAll(() => {
    python = pythonWith('safetensors, numpy', ['safetensors==0.8.0', 'numpy']);
  }, 300_000);

  test('reads the parameters of a checkpoint', (context) => {
    if (python === undefined) return context.skip('there is no Python with safetensors');
    const folder = temporaryFolder();
    const params = {dense: {kernel: array([2, 3], [1, -2, 0.1, 4, 5, 6]), bias: array([3], [7, 8, 9])}};
    const state = {params, modelState: {}, optimizer: {count: array([], [3])}};
    const rules = {keepLast: 1, others: []};
    saveCheckpoint(folder, {globalStep: 12, state, metadata: {position: {globalStep: 12}}}, rules);
    const [, path] = snippet!.match(/safe_open\("([^"]+)"/)!;
    mkdirSync(join(folder, path!, '..'), {recursive: true});
    const [file] = readdirSync(join(folder, 'checkpoints'));
    renameSync(join(folder, 'checkpoints', file!), join(folder, path!));
    const program = `${snippet}\nprint(json.dumps({name: value.tolist() for name, value in params.items()}))\n`;
    const lines = execFileSync(python, ['-c', program], {cwd: folder, encoding: 'utf8'}).trim().split('\n');
    expect(lines[0]).toContain('12');
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      'dense/kernel': [
        [1, -2, Math.fround(0.1)],
        [4, 5, 6],
      ],
      'dense/bias': [7, 8, 9],
    });
  });
});

function array(shape: readonly number[], values: readonly number[]) {
  return {shape, dtype: 'float32' as const, data: Float32Array.from(values)};
}
