import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** Lines that transpiling takes away stand before each of those that are looked for. */
const MODEL = `import {tf, type Tensor} from 'algoperf-ts';

interface Options {
  readonly x: Tensor;
}

// A comment, and a type that goes.
type Draw = (options: Options) => Tensor;

export const fail = (): never => {
  throw new Error('thrown');
};
export const draw: Draw = ({x}: Options) => tf.add(x, tf.randomNormal(x.shape as number[]));
export const peek: Draw = ({x}: Options): Tensor => (void x.data(), x);
`;

const submissionThat = (action: string): string => `import {mapTree, type Tensor} from 'algoperf-ts';
import {draw, fail, peek} from './model.js';

interface State {
  readonly params: never;
}

export const getBatchSize = () => 4, dataSelection = ({inputQueue}) => inputQueue.next();

const step = (state: State) => ({
  state: {...state, params: mapTree(state.params, (x: Tensor) => ${action})},
  outputs: {},
});
export const initOptimizerState = () => ({init: {}, entries: {step}, save: () => null});
export function updateParams({program, batch}) { program.run('step', {batch}); }
`;

async function complaint(action: string, backend: string): Promise<string> {
  const folder = temporaryFolder();
  writeConfig(folder, 'evaluation: {every_steps: 2}\n');
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'mine.ts'), submissionThat(action));
  writeFileSync(join(folder, 'model.ts'), MODEL);
  const words = ['--submission', './mine.ts', '--data-dir', 'data', '--backend', backend, '--max-global-steps', '2'];
  const {code, stderr} = await cli(folder, [
    ...['run', '--workload', 'mnist', '--config', 'small.yaml', '--quiet'],
    ...words,
  ]);
  expect(code, stderr).toBe(2);
  return stderr;
}

/** `file:line:column` of a text in one of the files, as the stack of a call that begins there tells it. */
function placeOf(file: string, text: string, found: string): string {
  const line = text.split('\n').findIndex((each) => each.includes(found));
  return `${file}:${line + 1}:${text.split('\n')[line]!.indexOf(found) + 1}`;
}

test("a stack tells the lines of the user's own TypeScript", async () => {
  const stderr = await complaint('fail()', 'wasm');
  expect(stderr).toContain('updateParams failed: Error: thrown');
  expect(stderr).toContain(`/${placeOf('model.ts', MODEL, "new Error('thrown')")}`);
  expect(stderr).toContain(`/${placeOf('mine.ts', submissionThat('fail()'), 'fail())}')}`);
});

test.skipIf(testBackend !== 'tensorflow').each([
  ['draw({x})', 'randomNormal(', 'tf.randomNormal draws random numbers'],
  ['peek({x})', 'data()', 'a value of the state is read on the host'],
])(
  "what a graph can't hold is reported by the line of the user's own TypeScript: %s",
  async (action, found, message) => {
    expect(await complaint(action, 'tensorflow')).toContain(`${placeOf('model.ts', MODEL, found)}: ${message}`);
  },
);
