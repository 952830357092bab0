import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {create} from 'tar';
import {beforeEach, expect, test} from 'vitest';
import type {DataArchive} from '../../src/contract/index.js';
import {fetchArchive} from '../../src/download/archive.js';
import {withFileLock} from '../../src/download/file-lock.js';
import {UserError} from '../../src/support/errors.js';
import {loadCifar} from '../../workloads/cifar/data.js';
import {writeSmallCifar} from '../helpers/cifar.js';
import {temporaryFolder} from '../helpers/cli.js';
import {type FileServer, serveFile} from '../helpers/file-server.js';

const MEMBERS = ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin'];

let packed: Buffer;
let archive: DataArchive;
let server: FileServer;
let into: string;

beforeEach(async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'batches'));
  writeSmallCifar(join(folder, 'batches'));
  await create({file: join(folder, 'made.tar.gz'), gzip: true, cwd: folder}, ['batches']);
  packed = readFileSync(join(folder, 'made.tar.gz'));
  server = await serveFile(packed);
  const md5 = createHash('md5').update(packed).digest('hex');
  archive = {url: server.url, md5, file: 'archive.tar.gz', folder: 'batches', members: MEMBERS};
  into = join(temporaryFolder(), 'data');
});

const steps: string[] = [];
const fetched = (
  changes: Partial<DataArchive> = {},
  onProgress = (_done: number, _total: number | undefined) => {},
) => {
  steps.length = 0;
  return fetchArchive({archive: {...archive, ...changes}, into, onProgress, onStep: (text) => steps.push(text)});
};

test('fetches, checks and unpacks, and leaves nothing but the data', async () => {
  const seen: [number, number | undefined][] = [];
  const {folder, wasThere} = await fetched({}, (done, total) => seen.push([done, total]));
  expect([folder, wasThere]).toEqual([join(into, 'batches'), false]);
  expect(seen.at(-1)).toEqual([packed.length, packed.length]);
  expect(readdirSync(into)).toEqual(['batches']);
  expect((await loadCifar(folder)).train.size).toBe(36);
  expect(steps).toEqual([`fetching ${server.url}`, `unpacking ${join(into, 'archive.tar.gz')}`]);
});

test('existing data is left as it is', async () => {
  await fetched();
  expect((await fetched()).wasThere).toBe(true);
  expect(server.ranges.length).toBe(1);
});

test('a connection that broke off is taken up where it was', async () => {
  const file = join(into, 'archive.tar.gz.part');
  server.taken = () => (existsSync(file) ? statSync(file).size : 0);
  server.fault = 'cut';
  await expect(fetched()).rejects.toThrow(/can't be reached|was lost/);
  const part = readFileSync(file);
  expect(part).toEqual(packed.subarray(0, packed.length >> 1));
  server.fault = 'none';
  await fetched();
  expect(server.ranges.at(-1)).toBe(`bytes=${part.length}-`);
  expect(readdirSync(into)).toEqual(['batches']);
});

test('a damaged archive is reported by its checksum and deleted', async () => {
  server.fault = 'damaged';
  await expect(fetched()).rejects.toThrow(
    new RegExp(`is damaged: its MD5 is [0-9a-f]{32}, it should be ${archive.md5}`),
  );
  expect(readdirSync(into)).toEqual([]);
});

test('a damaged archive that the user put there is named and left alone', async () => {
  const file = join(into, 'archive.tar.gz');
  mkdirSync(into, {recursive: true});
  writeFileSync(file, 'mine');
  await expect(fetched()).rejects.toThrow(`${file}: it is damaged or another file: its MD5 is `);
  expect([readFileSync(file, 'utf8'), server.ranges]).toEqual(['mine', []]);
});

test('a folder of the name of the archive, or of its first part, is reported', async () => {
  const file = join(into, 'archive.tar.gz');
  mkdirSync(`${file}.part`, {recursive: true});
  await expect(fetched()).rejects.toThrow(UserError);
  mkdirSync(file);
  const failure = await fetched().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as Error).message).toContain(`${file}: it is a folder where a file should be; move it away`);
});

test.each(['down', 'missing'] as const)(
  'a server that is %s: the message says which file to put where',
  async (fault) => {
    server.fault = fault;
    const failure = await fetched().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    const file = join(into, 'archive.tar.gz');
    expect((failure as Error).message).toContain(`Or fetch ${server.url} by other means, put it at ${file}`);
    // As it says:
    writeFileSync(file, packed);
    expect((await fetched()).wasThere).toBe(false);
    expect(steps[0]).toBe(`checking ${file}`);
    expect(readdirSync(into)).toEqual(['batches']);
  },
);

test('an archive without one of its files is reported; nothing is left that could be taken for the data', async () => {
  await expect(fetched({members: [...MEMBERS, 'data_batch_3.bin']})).rejects.toThrow(
    'the archive lacks batches/data_batch_3.bin',
  );
  expect(existsSync(join(into, 'batches'))).toBe(false);
});

test('a folder that can be no folder is named', async () => {
  into = join(temporaryFolder(), 'file');
  writeFileSync(into, '');
  await expect(fetched()).rejects.toThrow(UserError);
});

test('of two at once the second waits, and finds it done', async () => {
  const told: string[] = [];
  const once = () => fetchArchive({archive, into, onProgress: () => {}, onStep: (text) => void told.push(text)});
  const both = await Promise.all([once(), once()]);
  expect(both.map(({wasThere}) => wasThere).sort()).toEqual([false, true]);
  expect(server.ranges).toHaveLength(1);
  expect(told).toContainEqual(`waiting for another download to ${into} (process ${process.pid} on ${hostname()})`);
  expect(readdirSync(into)).toEqual(['batches']);
});

test('the lock of a killed process is not waited for, and what it was unpacking is removed', async () => {
  mkdirSync(join(into, 'batches.1.tmp', 'batches'), {recursive: true});
  writeFileSync(join(into, 'archive.tar.gz.lock'), `process ${2 ** 22 - 3}\n${hostname()}\n`);
  expect((await fetched()).wasThere).toBe(false);
  expect(steps[0]).toBe(`fetching ${server.url}`);
  expect(readdirSync(into)).toEqual(['batches']);
});

test.each<[string, (lock: string) => unknown]>([
  ['a text of the user', (lock) => writeFileSync(lock, 'mine\n')],
  ['a folder', (lock) => mkdirSync(lock)],
  ['a pipe', (lock) => execFileSync('mkfifo', [lock])],
  ['a link that leads nowhere', (lock) => symlinkSync('/nowhere/lock', lock)],
])('%s in the place of a lock is named, and left there', async (_, make) => {
  const lock = join(temporaryFolder(), 'lock');
  make(lock);
  const onWait = () => {};
  await expect(withFileLock(lock, {onWait, staleMilliseconds: 20, work: async () => 1})).rejects.toThrow(
    new UserError(`${lock}: it is not a lock that this tool has written, and in its place; move it away, or remove it`),
  );
  expect(lstatSync(lock)).toBeDefined();
});

test('nor does one of another machine that is not renewed', async () => {
  const lock = join(temporaryFolder(), 'lock');
  writeFileSync(lock, 'process 1\nelsewhere\n');
  const waited: string[] = [];
  const onWait = (holder: string) => void waited.push(holder);
  expect(await withFileLock(lock, {onWait, staleMilliseconds: 20, work: async () => readFileSync(lock, 'utf8')})).toBe(
    `process ${process.pid}\n${hostname()}\n`,
  );
  expect([waited, existsSync(lock)]).toEqual([['process 1 on elsewhere'], false]);
});
