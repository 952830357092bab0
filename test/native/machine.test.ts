import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {registerTensorflow} from '../../src/engine/tensorflow/load.js';
import {tensorflowCandidates} from '../../src/native/candidates.js';
import {writeRecord} from '../../src/native/install/cache.js';
import {compilerCalls} from '../../src/native/install/compile.js';
import {installTensorflow} from '../../src/native/install/index.js';
import {driverProblem, findNodeHeaders, platformProblem, thisMachine} from '../../src/native/install/machine.js';
import {pipSettings} from '../../src/native/install/pip-settings.js';
import {installedTensorflow, installedTensorflows} from '../../src/native/installed.js';
import {UserError} from '../../src/support/errors.js';
import {makeSandbox, quietInstall, type Sandbox} from '../helpers/fake-tensorflow.js';

let sandbox: Sandbox;

beforeEach(() => {
  // Nothing listens there: whatever is refused has to be refused before anything is fetched.
  sandbox = makeSandbox({PIP_INDEX_URL: 'http://127.0.0.1:9/simple'});
  vi.stubEnv('XDG_CACHE_HOME', sandbox.cacheHome);
});

afterEach(() => {
  vi.unstubAllEnvs();
  sandbox.remove();
});

describe('what is missing is said before anything is fetched', () => {
  const refusal = (change: Partial<Sandbox['machine']> & {kind?: 'gpu'}, env: NodeJS.ProcessEnv = {}) => {
    const {kind = 'cpu', ...machine} = change;
    const changed = {...sandbox.machine, ...machine, env: {...sandbox.machine.env, ...env}};
    return installTensorflow({...quietInstall(changed), kind}).then(
      () => 'not refused',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  };

  test('the index is asked only if all is there', async () => {
    expect(await refusal({})).toContain("127.0.0.1:9/simple/tensorflow-cpu/ can't be reached");
  });

  test('no compiler', async () => {
    expect(await refusal({}, {CXX: ''})).toMatch(
      /^UserError: TensorFlow can't be installed yet:\n- no C\+\+ compiler .+ is on PATH\. Debian, Ubuntu: apt-get install g\+\+/,
    );
  });

  test('a compiler that does not run, or can do nothing', async () => {
    expect(await refusal({}, {CXX: '/nowhere/g++'})).toContain("'/nowhere/g++' can't compile C++17");
    expect(await refusal({}, {CXX: '/bin/false -v'})).toContain("'/bin/false' can't compile C++17");
  });

  test('too little disk', async () => {
    expect(await refusal({freeBytes: () => 1_100_000_000})).toMatch(
      /1\.2 GB of disk are needed .+, 1\.1 GB are free at /,
    );
    expect(await refusal({freeBytes: () => 1_200_000_000})).toContain("can't be reached");
  });

  test('a cache that cannot be written to', async () => {
    writeFileSync(join(sandbox.root, 'file'), '');
    vi.stubEnv('XDG_CACHE_HOME', join(sandbox.root, 'file'));
    expect(await refusal({})).toMatch(
      /the cache folder .+file\/algoperf-ts can't be written to \(ENOTDIR\)\. Set XDG_CACHE_HOME/,
    );
    vi.stubEnv('XDG_CACHE_HOME', '/proc/x');
    expect(await refusal({})).toContain("can't be written to (/proc/x: no folder can be made there; choose another)");
  });

  test('no driver, with all else that is missing', async () => {
    const message = await refusal({kind: 'gpu', freeBytes: () => 1e9}, {CXX: ''});
    // Where there is a driver, --gpu has nothing to refuse for it.
    const driver = driverProblem(sandbox.machine.env) === undefined ? 2 : 3;
    expect(message.match(/^- /gm)).toHaveLength(driver);
    expect(message).toContain('8.5 GB of disk');
  });

  test('a proxy that is not there is named, unless the index is reached directly', async () => {
    const proxied = "can't be reached: connect ECONNREFUSED 127.0.0.1:1. HTTP_PROXY is set to http://127.0.0.1:1;";
    expect(await refusal({}, {HTTP_PROXY: 'http://127.0.0.1:1'})).toContain(proxied);
    const direct = await refusal({}, {HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'a.test, 127.0.0.1'});
    expect(direct).not.toContain('ECONNREFUSED 127.0.0.1:1.');
    expect(direct).toContain("can't be reached");
  });
});

test.each([
  [{platform: 'darwin', arch: 'arm64'}, 'this is darwin arm64'],
  [{arch: 'arm64'}, 'this is linux arm64'],
  [{glibc: undefined}, 'needs glibc'],
  [{glibc: '2.26'}, 'needs glibc 2.27 or newer; this one is 2.26'],
  [{glibc: '2.27'}, undefined],
  [{glibc: '3.0'}, undefined],
])('platform %o', (change, problem) => {
  const found = platformProblem({...sandbox.machine, ...change});
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

test('a driver is found by its program or its library', () => {
  expect(driverProblem({}, [])).toContain('no NVIDIA driver');
  writeFileSync(join(sandbox.root, 'nvidia-smi'), '', {mode: 0o755});
  expect(driverProblem({PATH: sandbox.root}, [])).toBeUndefined();
  writeFileSync(join(sandbox.root, 'libcuda.so.1'), '');
  expect(driverProblem({}, [sandbox.root])).toBeUndefined();
  expect(driverProblem({LD_LIBRARY_PATH: `/nowhere:${sandbox.root}`}, [])).toBeUndefined();
});

test('Node’s headers are found beside Node and where npm is told they are', () => {
  const {machine, root} = sandbox;
  const nodedir = join(root, 'nodedir');
  const found = findNodeHeaders(machine);
  expect(found).toMatch(/node-api-headers\/include$|nodedir\/include\/node$/);
  const beside = {...machine, env: {...machine.env, npm_config_nodedir: ''}, execPath: join(nodedir, 'bin', 'node')};
  expect(findNodeHeaders(beside)).toBe(found);
});

test('the compiler is asked for an addon that finds its libraries beside itself', () => {
  const tools = {compiler: ['g++'] as const, nodeHeaders: '/headers', source: '/source'};
  const folder = join(sandbox.root, 'x');
  mkdirSync(join(folder, 'tensorflow'), {recursive: true});
  const setter = '_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE';
  writeFileSync(join(folder, 'tensorflow', 'libtensorflow_framework.so.2'), `\0_ZN4absl\0${setter}\0`);
  const [library, addon] = compilerCalls(tools, folder);
  expect(library).toContain(`-DSET_MIN_LOG_LEVEL=${setter}`);
  expect(library![library!.indexOf('-o') + 1]).toBe(join(folder, 'tensorflow/librelease_pages.so'));
  expect(addon).toEqual(expect.arrayContaining(['-shared', '-DNAPI_VERSION=8', '-Wl,-rpath,$ORIGIN/tensorflow']));
  expect(addon![addon!.indexOf('-o') + 1]).toBe(join(folder, 'tfjs_binding.node'));
});

describe("pip's settings", () => {
  test('nothing set: PyPI', () => {
    const env = {HOME: sandbox.root, PIP_CONFIG_FILE: join(sandbox.root, 'none')};
    expect(pipSettings(env).indexUrl).toMatch(/^https?:\/\/.+\/$/);
  });

  test('the environment before the user’s file, `download` before `global`', () => {
    const folder = join(sandbox.root, '.config', 'pip');
    mkdirSync(folder, {recursive: true});
    const file =
      '[global]\nindex-url = https://a.test/simple\ncert: /certs.pem\n[install]\nindex-url = https://no.test\n';
    writeFileSync(join(folder, 'pip.conf'), file);
    const env: NodeJS.ProcessEnv = {HOME: sandbox.root};
    expect(pipSettings(env)).toEqual({indexUrl: 'https://a.test/simple/', certificates: '/certs.pem'});
    writeFileSync(join(folder, 'pip.conf'), `${file}[download]\nindex-url = https://b.test/simple/\n`);
    expect(pipSettings(env).indexUrl).toBe('https://b.test/simple/');
    const set = {...env, PIP_INDEX_URL: 'https://c.test/s', PIP_CERT: '/mine.pem'};
    expect(pipSettings(set)).toEqual({indexUrl: 'https://c.test/s/', certificates: '/mine.pem'});
    expect(pipSettings({...env, PIP_INDEX_URL: ''}).indexUrl).toBe('https://b.test/simple/');
  });

  test.each([
    ['nonsense'],
    ['pypi.org/simple'],
    ['ftp://a.test/simple'],
    ['localhost:80/simple'],
    ['a.test/simple', 'me:secret@a.test/simple'],
    ['ftp://a.test/simple', 'ftp://me:secret@a.test/simple'],
  ])('an index that is not an address is reported without its password: %s', (told, index = told) => {
    expect(() => pipSettings({HOME: sandbox.root, PIP_INDEX_URL: index})).toThrow(
      new UserError(
        `The package index that pip is set to, '${told}', is not an address that begins with https:// or http://.\n` +
          'Check the network, or the index that pip is set to (PIP_INDEX_URL).',
      ),
    );
  });
});

test('of several installations, one with CUDA and then the newest is used; a half one never', () => {
  const cache = join(sandbox.cacheHome, 'algoperf-ts');
  const folders = ['tensorflow-2.9.0-cpu-napi8', 'tensorflow-2.21.0-cpu-napi8', 'tensorflow-2.20.0-gpu-napi8'];
  for (const name of [...folders, 'tensorflow-2.30.0-cpu-napi9', 'tensorflow-3.0.0-cpu-napi8']) {
    mkdirSync(join(cache, name), {recursive: true});
    if (!name.startsWith('tensorflow-3')) writeFileSync(join(cache, name, 'tfjs_binding.node'), '');
  }
  const found = installedTensorflows().map(({version, kind}) => `${version} ${kind}`);
  expect(found).toEqual(
    process.platform === 'linux' && process.arch === 'x64' ? ['2.20.0 gpu', '2.21.0 cpu', '2.9.0 cpu'] : [],
  );
  rmSync(cache, {recursive: true});
  expect(installedTensorflow()).toBeUndefined();
});

test('an addon that is none is reported by its path', () => {
  const folder = join(sandbox.cacheHome, 'algoperf-ts', 'tensorflow-2.21.0-cpu-napi8');
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'tfjs_binding.node'), 'not a library');
  writeRecord(folder);
  const [candidate] = tensorflowCandidates();
  expect(candidate!.origin).toBe(`TensorFlow 2.21.0 (cpu) in ${folder}`);
  expect(() => registerTensorflow(candidate!)).toThrow(/tfjs_binding\.node/);
});

test('the machine this runs on is one of those that wheels are for, or is reported not to be one', () => {
  const machine = thisMachine();
  expect(machine.freeBytes(tmpdir())).toBeGreaterThan(0);
  if (machine.platform === 'linux' && machine.glibc) expect(machine.glibc).toMatch(/^\d+\.\d+$/);
  else expect(platformProblem(machine)).toBeDefined();
});
