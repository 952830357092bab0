import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {installTensorflow} from '../../src/native/install/index.js';
import {UserError} from '../../src/support/errors.js';
import {fakeWheel, makeSandbox, quietInstall, type Sandbox, script, WHEEL_NAME} from '../helpers/fake-tensorflow.js';
import {makeZip} from '../helpers/zip.js';

let sandbox: Sandbox;
let wheels: string;
let asked: string;

beforeEach(() => {
  sandbox = makeSandbox();
  vi.stubEnv('XDG_CACHE_HOME', sandbox.cacheHome);
  wheels = join(sandbox.root, 'wheels');
  asked = join(sandbox.root, 'asked');
  mkdirSync(wheels);
});

afterEach(() => {
  vi.unstubAllEnvs();
  sandbox.remove();
});

/** A machine on which only pip3 is a pip; it notes what it is asked and then does `body`. */
function withPip(body: string): Sandbox['machine'] {
  const folder = join(sandbox.root, 'path');
  mkdirSync(folder, {recursive: true});
  script(join(folder, 'python3'), 'exit 1\n');
  script(
    join(folder, 'pip3'),
    `[ "$1" = --version ] && exit 0\necho "$@" >> '${asked}'\necho "temporary files: $TMPDIR" >> '${asked}'\n${body}`,
  );
  script(join(folder, 'nvidia-smi'), '');
  return {...sandbox.machine, env: {...sandbox.machine.env, PATH: `${folder}:/usr/bin:/bin`}};
}

/** Copies the wheel of the project that the request (the last argument but the quiet ones) names. */
const SERVE_WHEELS = `
for word in "$@"; do case "$word" in *==*|*\\>=*) project=$(echo "$word" | sed 's/[<=>].*//; s/-/_/g') ;; esac; done
while [ "$1" != --dest ]; do shift; done
[ -d "$TMPDIR" ] && touch "$TMPDIR/half-a-wheel"
cp "$WHEELS/$project"-* "$2"
`;

const install = (machine: Sandbox['machine'], kind: 'cpu' | 'gpu' = 'cpu') => {
  const {fetchWith: _, ...options} = quietInstall({...machine, env: {...machine.env, WHEELS: wheels}});
  return installTensorflow({...options, kind});
};

describe('with pip', () => {
  test('the wheel that pip fetched is used, and nothing of it is left', async () => {
    writeFileSync(join(wheels, WHEEL_NAME), await fakeWheel());
    const {installed} = await install(withPip(SERVE_WHEELS));
    expect(existsSync(installed.addon)).toBe(true);
    expect(readFileSync(asked, 'utf8')).toContain(
      `temporary files: ${join(sandbox.cacheHome, 'algoperf-ts', 'wheels')}/`,
    );
    expect(readFileSync(asked, 'utf8')).toMatch(
      /^download --no-deps --only-binary=:all: .*--platform manylinux_2_27_x86_64 .*tensorflow-cpu==2\.21\.0 --quiet/,
    );
    expect(readdirSync(join(sandbox.cacheHome, 'algoperf-ts'))).toEqual(['tensorflow-2.21.0-cpu-napi8']);
  });

  test('another version that an earlier try left is not taken for it', async () => {
    writeFileSync(join(wheels, WHEEL_NAME), await fakeWheel());
    const left = join(sandbox.cacheHome, 'algoperf-ts', 'wheels');
    mkdirSync(left, {recursive: true});
    writeFileSync(join(left, WHEEL_NAME.replace('2.21.0', '2.22.0')), 'another');
    writeFileSync(join(left, WHEEL_NAME.replace('2.21.0', '2.9.1')), 'another');
    expect((await install(withPip(SERVE_WHEELS))).installed.version).toBe('2.21.0');
  });

  test('its output is passed on when it fails', async () => {
    await expect(install(withPip('echo "ERROR: No matching distribution" >&2; exit 1\n'))).rejects.toThrow(
      /^pip could not fetch tensorflow-cpu==2\.21\.0: ERROR: No matching distribution\n.*--fetch-with https/,
    );
    expect(readdirSync(join(sandbox.cacheHome, 'algoperf-ts', 'wheels'))).toEqual([]);
  });

  const RETRY =
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7ff0265ce550>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/tensorflow-cpu/";
  const NONE = 'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from versions:';

  test.each([
    [
      'a version that is not there',
      [`${NONE} 2.16.1, 2.20.0rc0, 2.9.3, 2.20.0)`, 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0'],
      'The package index has no wheel of tensorflow-cpu==2.21.0 for Linux x86-64. The newest it has: 2.9.3, 2.16.1, 2.20.0.\n' +
        'Choose one of these with --version.',
    ],
    [
      'a version that is not there, after a retry',
      [RETRY, `${NONE} 2.20.0)`],
      'The package index has no wheel of tensorflow-cpu==2.21.0 for Linux x86-64. The newest it has: 2.20.0.\n' +
        'Choose one of these with --version.',
    ],
    [
      'an index that has no such package',
      [`${NONE} none)`, 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0'],
      'The package index has no wheel of tensorflow-cpu==2.21.0 for Linux x86-64. The newest it has: none.\n' +
        'Check the network, or the index that pip is set to (PIP_INDEX_URL).',
    ],
    [
      'an index that is not there',
      [RETRY, RETRY, RETRY, `${NONE} none)`, 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0'],
      "pip could not fetch tensorflow-cpu==2.21.0: the package index can't be reached: NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')\n" +
        'Check the network, or the index that pip is set to (PIP_INDEX_URL).',
    ],
    [
      'anything else',
      ['WARNING: something', 'ERROR: Could not install packages due to an OSError: oh', 'WARNING: more'],
      'pip could not fetch tensorflow-cpu==2.21.0: ERROR: Could not install packages due to an OSError: oh\n' +
        'Fix what pip reports, or fetch without it: --fetch-with https.',
    ],
    [
      'nothing at all',
      [],
      'pip could not fetch tensorflow-cpu==2.21.0: it does not say why\n' +
        'Fix what pip reports, or fetch without it: --fetch-with https.',
    ],
  ])('its output is summarised: %s', async (_, words, message) => {
    const file = join(sandbox.root, 'words');
    writeFileSync(file, words.join('\n'));
    await expect(install(withPip(`cat '${file}' >&2; exit 1\n`))).rejects.toThrow(new UserError(message));
  });

  test('asked for and missing', async () => {
    const options = quietInstall(sandbox.machine);
    await expect(installTensorflow({...options, fetchWith: 'pip'})).rejects.toThrow(
      '--fetch-with pip: no pip was found',
    );
  });

  test('a wheel without the libraries is refused', async () => {
    writeFileSync(join(wheels, WHEEL_NAME), await makeZip([{path: 'tensorflow/libtensorflow_cc.so.2', content: 'x'}]));
    await expect(install(withPip(SERVE_WHEELS))).rejects.toThrow(
      'The wheel of TensorFlow 2.21.0 has no tensorflow/libtensorflow_framework.so.2. Choose another version',
    );
  });
});

test('for GPUs, the CUDA libraries that the wheel names lie where TensorFlow looks for them', async () => {
  const metadata = 'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"\n';
  const tensorflow = await makeZip([
    {path: 'tensorflow/libtensorflow_cc.so.2', content: 'a'},
    {path: 'tensorflow/libtensorflow_framework.so.2', content: 'b'},
    {path: 'tensorflow-2.21.0.dist-info/METADATA', content: metadata},
  ]);
  const cublas = await makeZip([
    {path: 'nvidia/cublas/lib/libcublas.so.12', content: 'c'},
    {path: 'nvidia/cublas/bin/tool', content: 'd', executable: true},
    {path: 'nvidia/cublas/include/cublas.h', content: 'e'},
  ]);
  writeFileSync(join(wheels, 'tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl'), tensorflow);
  writeFileSync(join(wheels, 'nvidia_cublas_cu12-12.9.1.4-py3-none-manylinux_2_27_x86_64.whl'), cublas);
  const {installed} = await install(withPip(SERVE_WHEELS), 'gpu');
  expect(installed).toMatchObject({kind: 'gpu', folder: expect.stringMatching(/tensorflow-2\.21\.0-gpu-napi8$/)});
  expect(readdirSync(join(installed.folder, 'nvidia', 'cublas')).sort()).toEqual(['bin', 'lib']);
  expect(statSync(join(installed.folder, 'nvidia/cublas/bin/tool')).mode & 0o111).not.toBe(0);
  expect(readFileSync(asked, 'utf8')).toContain(' nvidia-cublas-cu12<13.0,>=12.5.3.2 ');
});
