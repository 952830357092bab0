import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {parseOptions} from '../../bench/options.js';
import {bench} from '../../bench/step.js';
import {BUILD} from '../../src/native/installed.js';
import {tensorflowPackages} from '../../src/native/packages.js';
import {temporaryFolder} from '../helpers/cli.js';
import {script} from '../helpers/fake-tensorflow.js';

/** With an addon that its package brought, TensorFlow is there whatever the cache holds. */
const ownAddon = tensorflowPackages().some(({addon}) => addon);
const tensorflow = ownAddon ? ['tensorflow'] : [];

let stderr: string;
let stdout: string;

beforeEach(() => {
  stderr = '';
  stdout = '';
  // No TensorFlow: what is there must not depend on the machine.
  vi.stubEnv('XDG_CACHE_HOME', '/nowhere');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const argv = (...words: readonly string[]): string[] => ['node', 'bench', ...words];

describe('the options of the bench', () => {
  test('the JSON does not go into a picture', async () => {
    await expect(parseOptions(argv('--out', 'a/bench.png'))).rejects.toThrow(
      '--out a/bench.png: the figures go there as JSON, and the picture beside them; end it in .json: a/bench.json',
    );
  });

  test('optimizers are timed one after the other, and probes with one alone', async () => {
    const of = (...words: string[]) =>
      parseOptions(argv('--engine', 'wasm', '--out', join(temporaryFolder(), 'times.json'), ...words));
    const {cases} = await of(
      '--workload',
      'mnist',
      '--batch-size',
      '8',
      '--optimizer',
      'lion',
      '--optimizer',
      'nesterov',
    );
    expect(cases.map(({optimizer, batchSize}) => [optimizer, batchSize])).toEqual([
      ['lion', 8],
      ['nesterov', 8],
    ]);
    await expect(of('--probe', 'lstm', '--optimizer', 'lion')).rejects.toThrow(
      '--optimizer: probes are timed with adamw; leave it out, or --probe',
    );
  });

  test('a probe takes the place of the workloads', async () => {
    const out = join(temporaryFolder(), 'times.json');
    const {cases} = await parseOptions(argv('--probe', 'lstm', '--engine', 'wasm', '--out', out));
    expect(cases).toEqual([
      {workload: 'lstm-60', batchSize: 8, optimizer: 'adamw', engines: ['wasm']},
      {workload: 'lstm-300', batchSize: 8, optimizer: 'adamw', engines: ['wasm']},
    ]);
    await expect(parseOptions(argv('--probe', 'lstm', '--batch-size', '4', '--out', out))).rejects.toThrow(
      '--batch-size: a probe has a batch size of its own',
    );
  });

  test('chooses the cases and who takes part', async () => {
    const out = join(temporaryFolder(), 'times.json');
    expect(await parseOptions(argv('--workload', 'mnist', '--out', out))).toEqual({
      peer: undefined,
      isPart: false,
      cases: [
        {workload: 'mnist', batchSize: 16, optimizer: 'adamw', engines: [...tensorflow, 'wasm', 'cpu']},
        {workload: 'mnist', batchSize: 128, optimizer: 'adamw', engines: [...tensorflow, 'wasm', 'cpu']},
        {workload: 'mnist', batchSize: 1024, optimizer: 'adamw', engines: [...tensorflow, 'wasm']},
      ],
      out,
      picture: out.replace('.json', '.png'),
    });
    const {isPart, cases} = await parseOptions(
      argv('--engine', 'cpu', '--engine', 'cpu', '--batch-size', '8', '--out', out),
    );
    expect({isPart, cases}).toEqual({
      isPart: true,
      cases: [{workload: 'mnist', batchSize: 8, optimizer: 'adamw', engines: ['cpu']}],
    });
  });

  test.each([
    [['--engine', 'webgpu'], /'webgpu' is invalid\. It must be one of: tensorflow, wasm, cpu\./],
    [['--engine', 'cpu', '--batch-size', '1024'], /^--engine cpu: .*batches of up to 128 only/],
    [['--workload', 'minst'], /'minst' is invalid\. It must be one of: cifar, .*mnist/],
    [['--batch-size', '0'], /It must be an integer of at least 1\./],
    [['--batch-size', '60000'], /^--batch-size 60000: cifar has 45000 training examples/],
    [['--out', '/nowhere/bench.json'], /^--out: \/nowhere\/bench\.json: there is no such folder/],
    [['--out', '/'], /^--out: \/ exists and is not a file that could be replaced/],
    [['--peer', '/nowhere/python'], /^--peer \/nowhere\/python: there is no such program\. .*peer_jax\.py/],
    [['--peer', '/etc'], /^--peer \/etc: it is not an executable program\./],
    [['--rounds', '3'], /unknown option '--rounds'/],
    [['mnist'], /too many arguments/],
  ])('%j is refused in a line, before anything is measured', async (words, message) => {
    const out = join(temporaryFolder(), 'times.json');
    writeFileSync(out, 'earlier');
    expect(await bench(argv('--out', out, ...words))).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr + stdout).not.toContain('starting');
    expect(readFileSync(out, 'utf8')).toBe('earlier');
  });

  test.skipIf(ownAddon)('TensorFlow has to be there where it is asked for', async () => {
    const out = join(temporaryFolder(), 'bench.json');
    expect(await bench(argv('--engine', 'tensorflow', '--out', out))).toBe(2);
    expect(stderr).toBe(
      '--engine tensorflow: it is not installed. To fix this: algoperf-ts backend install tensorflow\n',
    );
  });

  test('a peer has to be a Python with what it imports', async () => {
    const folder = temporaryFolder();
    const python = script(join(folder, 'python'), 'echo "ModuleNotFoundError: No module named \'$2\'" >&2; exit 1\n');
    expect(await bench(argv('--workload', 'mnist', '--peer', python, '--out', join(folder, 'bench.json')))).toBe(2);
    expect(stderr).toContain("No module named 'import jax, optax; print(");
    const other = script(join(folder, 'other'), 'echo "$@"\n');
    stderr = '';
    expect(await bench(argv('--peer', other, '--out', join(folder, 'bench.json')))).toBe(2);
    expect(stderr).toMatch(/: it is not Python\. It must be a Python with jax, optax, flax;/);
    expect(readdirSync(folder).sort()).toEqual(['other', 'python']);
  });

  test('a damaged installation of TensorFlow is not skipped silently', async () => {
    const cache = temporaryFolder();
    const installation = join(cache, 'algoperf-ts', 'tensorflow-2.21.0-cpu-napi8');
    mkdirSync(installation, {recursive: true});
    writeFileSync(join(installation, 'tfjs_binding.node'), 'addon');
    writeFileSync(
      join(installation, 'installed.json'),
      JSON.stringify({build: BUILD, bytes: {'tfjs_binding.node': 9}}),
    );
    vi.stubEnv('XDG_CACHE_HOME', cache);
    const out = join(cache, 'bench.json');
    expect(await bench(argv('--workload', 'mnist', '--out', out))).toBe(2);
    expect(stderr).toMatch(
      /^--engine tensorflow: .+ is damaged \(tfjs_binding\.node has 5 bytes instead of 9\)\. To fix this/,
    );
    expect((await parseOptions(argv('--engine', 'wasm', '--out', out))).cases).not.toEqual([]);
  });

  test('--help tells the options', async () => {
    expect(await bench(argv('--help'))).toBe(0);
    for (const option of ['--peer', '--workload', '--batch-size', '--engine', '--out'])
      expect(stdout).toContain(option);
  });
});

test('where one of those that are timed fails, the file of an earlier bench stays', async () => {
  const out = join(temporaryFolder(), 'bench.json');
  writeFileSync(out, 'earlier');
  // Their programs are not built here: none can start.
  expect(await bench(argv('--workload', 'mnist', '--batch-size', '2', '--engine', 'wasm', '--out', out))).toBe(1);
  expect(stderr).toContain('starting wasm');
  expect(readFileSync(out, 'utf8')).toBe('earlier');
});
