import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Command} from 'commander';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {addBackendCommand} from '../../src/cli/backend.js';
import {formatBench} from '../../src/cli/backend-bench.js';
import {createInstallReporter, progressBar} from '../../src/cli/install-reporter.js';
import {openEngine} from '../../src/engine/index.js';
import {writeRecord} from '../../src/native/install/cache.js';
import {BUILD} from '../../src/native/installed.js';
import {tensorflowPackages} from '../../src/native/packages.js';
import {UserError} from '../../src/support/errors.js';
import {fakeWheel, script, WHEEL_NAME} from '../helpers/fake-tensorflow.js';

let folder: string;
let stdout: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backend-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, {recursive: true});
});

async function backend(...words: string[]): Promise<string> {
  const program = new Command('algoperf-ts').exitOverride().configureOutput({writeErr: () => {}});
  addBackendCommand(program);
  for (const command of program.commands.flatMap(({commands}) => commands)) {
    command.exitOverride().configureOutput({writeErr: () => {}});
  }
  await program.parseAsync(['backend', ...words], {from: 'user'});
  return stdout;
}

/** A folder that looks like an installation; its addon can't be loaded. */
function fakeInstallation(): string {
  const installation = join(folder, 'algoperf-ts', 'tensorflow-2.21.0-cpu-napi8');
  mkdirSync(installation, {recursive: true});
  writeFileSync(join(installation, 'tfjs_binding.node'), 'addon');
  writeRecord(installation);
  return installation;
}

describe('backend list', () => {
  const ownAddon = tensorflowPackages().some(({addon}) => addon);

  test.skipIf(ownAddon)('without TensorFlow says how to get it, and marks what auto takes', async () => {
    expect(await backend('list')).toMatch(
      /^ {2}tensorflow {2}not installed; to get it: algoperf-ts backend install tensorflow\n\* wasm .+\n {2}cpu .+\nauto takes wasm: .+\n$/,
    );
  });

  test('with an addon of the right size that does not load says so, and how to fix it', async () => {
    const installation = fakeInstallation();
    const remedy = 'algoperf-ts backend remove tensorflow && algoperf-ts backend install tensorflow';
    expect(await backend('list')).toMatch(
      new RegExp(`^..tensorflow  TensorFlow .+ in ${installation}, can't be loaded \\(.+\\); to fix it: ${remedy}\n`),
    );
    expect(stdout).toMatch(new RegExp(`can't be loaded \\(.+\\): ${remedy}\n$`));
    await expect(openEngine('tensorflow')).rejects.toThrow(`Install it with \`${remedy}\``);
  });

  const hasCompiler = spawnSync('cc', ['--version']).status === 0;
  test.skipIf(!hasCompiler)('with an addon that ends the process that loads it still answers', async () => {
    const installation = fakeInstallation();
    const source = join(folder, 'crash.c');
    writeFileSync(source, '#include <stdlib.h>\n__attribute__((constructor)) static void crash(void) { abort(); }\n');
    const addon = join(installation, 'tfjs_binding.node');
    execFileSync('cc', ['-shared', '-fPIC', '-o', addon, source]);
    rmSync(join(installation, 'installed.json'));
    writeRecord(installation);
    expect(await backend('list')).toMatch(
      /^\* tensorflow .+, can't be loaded \(it ended with SIGABRT.*\); to fix it: algoperf-ts backend remove tensorflow && /,
    );
    expect(stdout).toMatch(/auto takes tensorflow: but loading it ends the process; .+--backend wasm\n$/);
  });

  test('with an addon that does not load still answers', async () => {
    const installation = fakeInstallation();
    const {engines, auto} = JSON.parse(await backend('list', '--json'));
    expect(engines.map(({name}: {name: string}) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
    expect(engines[0].installed).toMatchObject([{version: '2.21.0', kind: 'cpu', folder: installation}]);
    expect(engines[0].candidates[0]).toMatchObject({addon: join(installation, 'tfjs_binding.node')});
    expect(auto).toMatchObject({backend: 'wasm', reason: expect.any(String)});
  });
});

test.each([['list'], ['install'], ['bench']])(
  'backend %s tells of a variable that is not a number of threads',
  async (command) => {
    fakeInstallation();
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', 'abc');
    await expect(backend(command)).rejects.toThrow(
      /^TF_NUM_INTRAOP_THREADS, a variable of the environment: must be a number of threads up to 999, found 'abc'/,
    );
  },
);

describe('a damaged installation', () => {
  /** TensorFlow's real addon would end this process: it must not be loaded at all. */
  function damage(): string {
    const installation = fakeInstallation();
    const record = {build: BUILD, bytes: {'tfjs_binding.node': 98768}};
    writeFileSync(join(installation, 'installed.json'), JSON.stringify(record));
    return installation;
  }
  const told = 'tfjs_binding.node has 5 bytes instead of 98768';

  test('is listed as such', async () => {
    damage();
    expect(await backend('list')).toContain(`damaged (${told}); to fix it: algoperf-ts backend install tensorflow`);
    stdout = '';
    const {engines, auto} = JSON.parse(await backend('list', '--json'));
    expect(engines[0].installed).toMatchObject([{damage: told}]);
    expect(auto.reason).toContain(`can't be loaded (${told}): algoperf-ts backend install tensorflow`);
  });

  test('is refused where it is asked for', async () => {
    damage();
    await expect(openEngine('tensorflow')).rejects.toThrow(
      new RegExp(`^--backend tensorflow: .+ \\(${told}\\)\\.\nInstall it with .*backend install tensorflow`),
    );
  });
});

describe('backend install', () => {
  test('an existing installation is reported, as text and as JSON', async () => {
    const installation = fakeInstallation();
    expect(await backend('install', 'tensorflow')).toBe(
      `TensorFlow 2.21.0 (cpu) is already installed: ${installation} (0 MB). To rebuild it: algoperf-ts backend remove, then install.\n`,
    );
    stdout = '';
    expect(JSON.parse(await backend('install', '--json'))).toEqual({
      addon: join(installation, 'tfjs_binding.node'),
      version: '2.21.0',
      kind: 'cpu',
      folder: installation,
      bytes: 5 + statSync(join(installation, 'installed.json')).size,
      seconds: 0,
      alreadyThere: true,
    });
  });

  test('an addon that does not load ends it without an installation', async () => {
    const path = join(folder, 'path');
    mkdirSync(path);
    const wheel = join(folder, WHEEL_NAME);
    writeFileSync(wheel, await fakeWheel());
    const wheels = join(folder, 'algoperf-ts', 'wheels');
    script(join(path, 'python3'), `case "$*" in *--version*) exit 0 ;; esac\ncp '${wheel}' '${wheels}'\n`);
    const compiler =
      'case "$*" in *-fsyntax*) exit 0 ;; esac\nwhile [ "$1" != -o ]; do shift; done\necho no addon > "$2"\n';
    vi.stubEnv('CXX', script(join(path, 'compiler'), compiler));
    vi.stubEnv('PATH', `${path}:${process.env.PATH}`);
    await expect(backend('install')).rejects.toThrow(
      /^TensorFlow 2\.21\.0 was built but does not work here: .+tfjs_binding\.node/,
    );
    expect(await backend('remove')).toBe('There was no installation to remove.\n');
  });

  test.each([
    [['install', 'torch'], 'Allowed choices are tensorflow.'],
    [['install', '--version', 'new'], 'It must be three numbers, such as 2.21.0.'],
    [['install', '--fetch-with', 'curl'], 'Allowed choices are pip, https.'],
    [['bench', '--batch-size', '0'], 'It must be an integer of at least 1.'],
  ])('%j is refused', async (words, message) => {
    await expect(backend(...words)).rejects.toThrow(message);
  });
});

describe('backend bench', () => {
  test('times every engine that is there', async () => {
    const {batchSizes, engines} = JSON.parse(
      await backend('bench', '--batch-size', '2', '--batch-size', '4', '--json'),
    );
    expect(batchSizes).toEqual([2, 4]);
    const names = engines.map(({engine}: {engine: string}) => engine);
    expect(names).toEqual(expect.arrayContaining(['wasm', 'cpu']));
    for (const {milliseconds} of engines.filter(({engine}: {engine: string}) => engine !== 'tensorflow')) {
      expect(milliseconds).toHaveLength(2);
      expect(Math.min(...milliseconds)).toBeGreaterThan(0);
    }
  });

  test('that fails somewhere ends with 2', async () => {
    fakeInstallation();
    const {engines} = JSON.parse(await backend('bench', '--batch-size', '2', '--json'));
    const failed = engines.flatMap(({engine, failure}: {engine: string; failure?: string}) => (failure ? engine : []));
    expect([failed, process.exitCode]).toEqual([['tensorflow'], 2]);
    process.exitCode = undefined;
  });

  test('prints a table', () => {
    const rows = [
      {engine: 'wasm', milliseconds: [0.8123, 28.44, 508.4]},
      {engine: 'cpu', failure: 'broken\nand more'},
    ];
    expect(formatBench([16, 128, 1024], rows)).toBe(
      'ms/step  batch 16  batch 128  batch 1024\n' +
        'wasm        0.812       28.4         508\n' +
        'cpu      failed: broken\n',
    );
    const crash = {
      engine: 'cpu',
      failure: 'it ended with status 1: file:///a.js:1\n\nTypeError: no engine\n    at a.js',
    };
    expect(formatBench([16], [crash])).toContain('cpu      failed: TypeError: no engine\n');
  });
});

test('backend remove tells of a file where the cache should be', async () => {
  writeFileSync(join(folder, 'algoperf-ts'), '');
  await expect(backend('remove')).rejects.toThrow(
    new UserError(
      `${join(folder, 'algoperf-ts')}: is a file, where this tool's cache should be a folder; move it away, or set XDG_CACHE_HOME to another folder`,
    ),
  );
});

test('backend remove finds nothing where a file is in the place of a folder above the cache', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  vi.stubEnv('XDG_CACHE_HOME', file);
  expect(await backend('remove')).toBe('There was no installation to remove.\n');
});

test('backend remove takes the installation away', async () => {
  const installation = fakeInstallation();
  expect(await backend('remove')).toBe(`Removed TensorFlow 2.21.0 (cpu): ${installation}\n`);
  stdout = '';
  expect(JSON.parse(await backend('remove', '--json'))).toEqual({removed: []});
});

describe('progress', () => {
  test.each([
    [0, 10e6, '[                        ]   0 %  0/10 MB'],
    [5e6, 10e6, '[============            ]  50 %  5/10 MB'],
    [10e6, 10e6, '[========================] 100 %  10/10 MB'],
    [3e6, undefined, '3 MB'],
  ])('%d of %d bytes', (done, total, bar) => {
    expect(progressBar(done, total)).toBe(bar);
  });

  test('a bar on a terminal, at most ten a second; only lines elsewhere', () => {
    const drawn = (isTTY: boolean): string => {
      let text = '';
      let time = 0;
      const write = (part: string | Uint8Array): boolean => {
        text += part;
        return true;
      };
      const stream = {isTTY, write};
      const reporter = createInstallReporter(stream, () => time);
      reporter.step('Fetching');
      for (const done of [1e6, 2e6, 3e6, 4e6]) {
        reporter.progress(done, 4e6);
        time += 60;
      }
      reporter.step('Unpacking');
      reporter.end();
      return text.replaceAll('\r\x1b[2K', '|').replace(/\[=* *\]/g, '#');
    };
    expect(drawn(false)).toBe('Fetching\nUnpacking\n');
    expect(drawn(true)).toBe('Fetching\n|#  25 %  1/4 MB|#  75 %  3/4 MB|# 100 %  4/4 MB|Unpacking\n');
  });
});
