import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {writeRecord} from '../../src/native/install/cache.js';
import {installTensorflow, removeTensorflow} from '../../src/native/install/index.js';
import {BUILD, installedTensorflow} from '../../src/native/installed.js';
import {UserError} from '../../src/support/errors.js';
import {fakeWheel, makeSandbox, quietInstall, type Sandbox, script, WHEEL_NAME} from '../helpers/fake-tensorflow.js';
import {type PackageIndex, startIndex} from '../helpers/package-index.js';

let index: PackageIndex;
let sandbox: Sandbox;
let cache: string;
const wheel = await fakeWheel();

beforeEach(async () => {
  index = await startIndex(WHEEL_NAME, wheel);
  sandbox = makeSandbox({PIP_INDEX_URL: index.url});
  cache = join(sandbox.cacheHome, 'algoperf-ts');
  const part = join(cache, 'wheels', `${WHEEL_NAME}.part`);
  index.taken = () => (existsSync(part) ? statSync(part).size : 0);
  vi.stubEnv('XDG_CACHE_HOME', sandbox.cacheHome);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  sandbox.remove();
  await index.close();
});

const install = (options: object = {}) => installTensorflow({...quietInstall(sandbox.machine), ...options});
const failure = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => expect.fail('it should have been refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};
const wheelRequests = () => index.requests.filter(({path}) => path.endsWith('.whl'));
const leftInCache = () => readdirSync(cache).filter((name) => name.startsWith('tensorflow-') || name.startsWith('.'));

describe('an installation', () => {
  test('holds the libraries, the headers and the addon, and nothing else', async () => {
    const {installed, bytes} = await install();
    expect(installed).toEqual(installedTensorflow());
    expect(installed).toMatchObject({
      version: '2.21.0',
      kind: 'cpu',
      folder: join(cache, 'tensorflow-2.21.0-cpu-napi8'),
    });
    const names = readdirSync(installed.folder, {recursive: true, encoding: 'utf8'});
    expect(names.filter((name) => statSync(join(installed.folder, name)).isFile()).sort()).toEqual([
      'installed.json',
      'tensorflow/include/tensorflow/c/c_api.h',
      'tensorflow/librelease_pages.so',
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
      'tensorflow_cpu-2.21.0.dist-info/METADATA',
      'tfjs_binding.node',
    ]);
    expect(bytes).toBeGreaterThan(600_000);
    expect(readdirSync(cache)).toEqual(['tensorflow-2.21.0-cpu-napi8']);
  });

  test('that exists is left alone', async () => {
    await install();
    const asked = index.requests.length;
    expect(await install()).toMatchObject({report: undefined, installed: installedTensorflow()});
    expect(index.requests.length).toBe(asked);
  });

  test.each([
    ['the addon cut short', 'tfjs_binding.node', 'tfjs_binding.node has 3 bytes instead of 6'],
    ['a library cut short', 'tensorflow/libtensorflow_cc.so.2', 'libtensorflow_cc.so.2 has 3 bytes instead of 300000'],
    ['a library missing', 'tensorflow/libtensorflow_framework.so.2', 'libtensorflow_framework.so.2 is missing'],
    ['a file for a folder of libraries', 'tensorflow/libtensorflow_cc.so.2', '.so is missing'],
    ['the record cut short', 'installed.json', "installed.json can't be read"],
  ])('that is damaged is detected and rebuilt: %s', async (what, file, damage) => {
    const {installed} = await install();
    if (what.startsWith('a file for a folder')) {
      rmSync(dirname(join(installed.folder, file)), {recursive: true});
      writeFileSync(dirname(join(installed.folder, file)), '');
    } else if (what.endsWith('missing')) rmSync(join(installed.folder, file));
    else truncateSync(join(installed.folder, file), 3);
    expect(installedTensorflow()!.damage).toContain(damage);
    const options = quietInstall(sandbox.machine);
    const again = await installTensorflow(options);
    expect(options.steps[0]).toMatch(/^The installation is damaged \(.+\): rebuilding it$/);
    expect(options.steps[0]).toContain(damage);
    expect(again.installed.damage).toBeUndefined();
    expect(await install()).toMatchObject({report: undefined});
  });

  test.each([
    ['no record', undefined, "installed.json can't be read"],
    ['another build', '{"build": 0}', 'it was built by another version of algoperf-ts'],
    ['nothing', 'null', 'installed.json has no sizes'],
    ['a list', '[]', 'installed.json has no sizes'],
    ['a build alone', `{"build": ${BUILD}}`, 'installed.json has no sizes'],
    ['sizes that are none', `{"build": ${BUILD}, "bytes": 7}`, 'installed.json has no sizes'],
    ['no size of the addon', `{"build": ${BUILD}, "bytes": {}}`, 'installed.json has no sizes'],
    [
      'a build that is not a number',
      `{"build": "${BUILD}", "bytes": {"tfjs_binding.node": 6}}`,
      'installed.json has no sizes',
    ],
    ['an addon of no size', `{"build": ${BUILD}, "bytes": {"tfjs_binding.node": "6"}}`, 'installed.json has no sizes'],
  ])('of %s is rebuilt', async (_, record, damage) => {
    const {installed} = await install();
    if (record === undefined) rmSync(join(installed.folder, 'installed.json'));
    else writeFileSync(join(installed.folder, 'installed.json'), record);
    expect(installedTensorflow()!.damage).toBe(damage);
    expect((await install()).installed.damage).toBeUndefined();
  });

  test('that another process finished just before the lock was got is left alone', async () => {
    const freeBytes = (): number => {
      mkdirSync(join(cache, 'tensorflow-2.21.0-cpu-napi8'));
      writeFileSync(join(cache, 'tensorflow-2.21.0-cpu-napi8', 'tfjs_binding.node'), 'theirs');
      writeRecord(join(cache, 'tensorflow-2.21.0-cpu-napi8'));
      return 1e12;
    };
    const {installed, report} = await install({machine: {...sandbox.machine, freeBytes}});
    expect(report).toBeUndefined();
    expect(readFileSync(installed.addon, 'utf8')).toBe('theirs');
  });

  test('tells its steps and how far it is', async () => {
    const seen: (readonly [number, number | undefined])[] = [];
    const options = quietInstall(sandbox.machine);
    const reporter = {...options.reporter, progress: (done: number, total?: number) => seen.push([done, total])};
    await installTensorflow({...options, reporter});
    expect(options.steps).toEqual([
      'Fetching tensorflow-cpu 2.21.0',
      'Unpacking tensorflow-cpu',
      'Building the addon',
      'Trying it: a matrix product and a few training steps',
    ]);
    expect(seen).toContainEqual([wheel.length, wheel.length]);
  });

  test('is taken from an index that answers in HTML as well', async () => {
    const html = await startIndex(WHEEL_NAME, wheel, 'html');
    const machine = {...sandbox.machine, env: {...sandbox.machine.env, PIP_INDEX_URL: html.url.replace(/\/$/, '')}};
    await install({machine}).finally(html.close);
    expect(installedTensorflow()).toBeDefined();
  });

  test('can be removed', async () => {
    const {installed} = await install();
    expect(await removeTensorflow()).toEqual([installed]);
    expect(readdirSync(cache)).toEqual([]);
    expect(await removeTensorflow()).toEqual([]);
  });
});

describe('a fault while fetching', () => {
  test('a connection cut at half: the next try continues from there', async () => {
    index.fault = 'cut';
    expect(await failure(install())).toMatch(/can't be reached|was lost after/);
    const half = Math.ceil(wheel.length / 2);
    expect(statSync(join(cache, 'wheels', `${WHEEL_NAME}.part`)).size).toBe(half);
    expect(leftInCache()).toEqual([]);
    index.fault = 'none';
    await install();
    expect(wheelRequests().at(-1)!.range).toBe(`bytes=${half}-`);
    expect(installedTensorflow()).toBeDefined();
  });

  test('a connection that is cut once is taken up again in the same try', async () => {
    index.fault = 'hiccup';
    await install();
    expect(wheelRequests().map(({range}) => range)).toEqual([undefined, `bytes=${Math.ceil(wheel.length / 2)}-`]);
  });

  test('a damaged wheel is deleted; the next try fetches it whole', async () => {
    index.fault = 'damaged';
    expect(await failure(install())).toMatch(/is damaged: its SHA-256 is [0-9a-f]{64}, it should be [0-9a-f]{64}/);
    expect(readdirSync(join(cache, 'wheels'))).toEqual([]);
    index.fault = 'none';
    await install();
    expect(wheelRequests().at(-1)!.range).toBeUndefined();
  });

  test('a fault of the disk is not taken for one of the network', async () => {
    mkdirSync(join(cache, 'wheels', `${WHEEL_NAME}.part`), {recursive: true});
    await expect(install()).rejects.toMatchObject({code: 'EISDIR'});
  });

  test('an index without checksums: nothing is fetched', async () => {
    index.fault = 'unsummed';
    expect(await failure(install())).toContain('gives no SHA-256 for tensorflow_cpu-2.21.0');
    expect(wheelRequests()).toEqual([]);
  });

  test('an index that is not there', async () => {
    index.fault = 'down';
    expect(await failure(install())).toMatch(/^http:.+tensorflow-cpu\/ can't be reached: .+\n.*PIP_INDEX_URL/);
  });

  test('a version that the index does not have', async () => {
    expect(await failure(install({version: '2.99.0'}))).toBe(
      'The package index has no wheel of tensorflow-cpu==2.99.0 for Linux x86-64. The newest it has: 2.21.0.\n' +
        'Choose one of these with --version.',
    );
  });

  test('a process killed in the middle leaves nothing half-used, and the next try continues', async () => {
    index.fault = 'slow';
    const program = fileURLToPath(new URL('../helpers/install-process.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(sandbox.machine)]);
    const part = join(cache, 'wheels', `${WHEEL_NAME}.part`);
    const half = Math.ceil(wheel.length / 2);
    await vi.waitUntil(() => existsSync(part) && statSync(part).size === half, {timeout: 20_000, interval: 50});
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(leftInCache()).toHaveLength(1);
    expect(installedTensorflow()).toBeUndefined();
    index.fault = 'none';
    await install();
    expect(wheelRequests().at(-1)!.range).toBe(`bytes=${half}-`);
    expect(leftInCache()).toEqual(['tensorflow-2.21.0-cpu-napi8']);
  }, 30_000);

  test('two installations at once: the second is refused with the name of the first', async () => {
    index.fault = 'slow';
    const first = install();
    first.catch(() => {});
    await vi.waitUntil(() => wheelRequests().length === 1);
    expect(await failure(install())).toBe(
      `Another installation is writing to ${cache} (process ${process.pid}). Wait until it has ended.`,
    );
    expect(await failure(removeTensorflow())).toContain('Another installation');
    index.fault = 'none';
    await index.close();
    await failure(first);
  });
});

describe('a fault while building', () => {
  test("a compiler's complaint is shown, kept, and the wheel used again", async () => {
    const broken = script(
      join(sandbox.root, 'broken'),
      'case "$*" in *-fsyntax*) exit 0 ;; esac\necho "no such thing" >&2; exit 1\n',
    );
    const machine = {...sandbox.machine, env: {...sandbox.machine.env, CXX: broken}};
    expect(await failure(install({machine}))).toMatch(
      /broken could not build the addon:\n {2}no such thing\n.*build\.log/,
    );
    expect(readFileSync(join(cache, 'build.log'), 'utf8')).toContain('release_pages.cc');
    expect(leftInCache()).toEqual([]);
    await install();
    expect(wheelRequests()).toHaveLength(1);
  });

  test('a compiler works in the cache, whatever TMPDIR is', async () => {
    const words = 'case "$*" in *-fsyntax*) exit 0 ;; esac\necho "in $TMPDIR" >&2; exit 1\n';
    const env = {...sandbox.machine.env, CXX: script(join(sandbox.root, 'telling'), words), TMPDIR: '/nowhere'};
    expect(await failure(install({machine: {...sandbox.machine, env}}))).toContain(`in ${cache}/`);
  });

  test('an addon that does not work is not installed', async () => {
    const check = () => Promise.reject(new Error('undefined symbol: TF_Nothing'));
    expect(await failure(install({check}))).toMatch(
      /does not work here: undefined symbol: TF_Nothing\nNothing was installed/,
    );
    expect(leftInCache()).toEqual([]);
  });

  test('a full disk is called by its name', async () => {
    const options = quietInstall(sandbox.machine);
    const step = (text: string): void => {
      if (text.startsWith('Unpacking')) throw Object.assign(new Error('write'), {code: 'ENOSPC'});
    };
    expect(await failure(install({reporter: {...options.reporter, step}}))).toMatch(
      /^The disk with .+ is full \(ENOSPC\)/,
    );
    expect(leftInCache()).toEqual([]);
  });

  test('what an unfinished removal left is replaced', async () => {
    mkdirSync(join(cache, 'tensorflow-2.21.0-cpu-napi8', 'tensorflow'), {recursive: true});
    expect(installedTensorflow()).toBeUndefined();
    await install();
    expect(installedTensorflow()).toBeDefined();
  });
});
