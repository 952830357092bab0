import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import {lockHolder, takeLock} from '../../src/runs/index.js';
import {type LockHolder, lockText, newHolder} from '../../src/runs/lock-file.js';
import {temporaryFolder} from '../helpers/cli.js';
import {elsewhere, fakeClock} from '../helpers/lock-clock.js';

let folder = '';
let lock = '';
beforeEach(() => {
  folder = temporaryFolder();
  lock = join(folder, 'LOCK');
});

const put = (holder: LockHolder) => writeFileSync(lock, lockText(holder));
const age = (seconds: number) => utimesSync(lock, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);

test('is held until it is released', async () => {
  const held = await takeLock(folder);
  expect(lockHolder(folder)).toMatchObject({pid: process.pid, host: hostname()});
  await expect(takeLock(folder)).rejects.toThrow(`process ${process.pid} on ${hostname()} is at work in this run`);
  held.release();
  expect(lockHolder(folder)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});

describe('of a process of this system', () => {
  test('that is no more, it is taken over at once, also if its id was given out again', async () => {
    put({...newHolder(), pid: 2 ** 22 - 3});
    const clock = fakeClock();
    (await takeLock(folder, {clock})).release();
    if (existsSync('/proc/self/stat')) {
      put({...newHolder(), processStart: '1'});
      (await takeLock(folder, {clock})).release();
    }
    expect(clock.now()).toBe(0);
  });

  test('the host may be called what it likes', async () => {
    put({...newHolder(), host: 'job-7f9c-a'});
    await expect(takeLock(folder)).rejects.toThrow('on job-7f9c-a is at work');
  });

  test.skipIf(!existsSync('/proc/self/stat'))(
    'that has ended and waits for its parent to notice, it is taken over',
    async () => {
      // The shell becomes `sleep`, which never asks after the child it got with it.
      const parent = spawn('sh', ['-c', 'sleep .3 & echo $!; exec sleep 60']);
      onTestFinished(() => void parent.kill());
      const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
      const stat = () => readFileSync(`/proc/${Number(printed)}/stat`, 'utf8').split(' ');
      while (stat()[2] !== 'Z') await setTimeout(10);
      for (const processStart of [stat()[21]!, null]) {
        put({...newHolder(), pid: Number(printed), processStart});
        const held = await takeLock(folder);
        expect(lockHolder(folder)?.pid).toBe(process.pid);
        held.release();
      }
    },
  );
});

describe('of another system', () => {
  test('that is renewed, it is refused', async () => {
    put(elsewhere);
    const clock = fakeClock((now) => now >= 4000 && put({...elsewhere, renewals: 1}));
    await expect(takeLock(folder, {clock})).rejects.toThrow('process 1 on elsewhere is at work in this run');
    expect(clock.now()).toBe(4000);
    expect(readFileSync(lock, 'utf8')).toBe(lockText({...elsewhere, renewals: 1}));
  });

  test('that is not renewed for a lease, it is taken over, and said', async () => {
    put(elsewhere);
    const warnings: string[] = [];
    const clock = fakeClock();
    await takeLock(folder, {clock, warn: (message) => warnings.push(message)});
    expect(clock.now()).toBeGreaterThan(58_000);
    expect(clock.now()).toBeLessThanOrEqual(60_000);
    expect(lockHolder(folder)?.pid).toBe(process.pid);
    expect(warnings).toEqual([
      expect.stringContaining('process 1 on elsewhere may be at work in this run; watching its lock for'),
      expect.stringContaining('process 1 on elsewhere has not renewed its lock for too long; it is taken over'),
    ]);
  });

  test.each([
    ['older than a lease by the clock of the file system: two renewals', 3600, 10_000],
    ['from the future, as a clock that is wrong stamps it: a lease and what it is ahead', -30, 90_000],
  ])('it is watched for as long as it may yet be renewed; %s', async (_, seconds, milliseconds) => {
    put(elsewhere);
    age(seconds);
    const clock = fakeClock();
    await takeLock(folder, {clock});
    expect(Math.abs(clock.now() - milliseconds)).toBeLessThan(3000);
  });

  test('that goes away or changes hands while it is watched, it is judged again', async () => {
    put(elsewhere);
    const gone = fakeClock(() => rmSync(lock, {force: true}));
    (await takeLock(folder, {clock: gone})).release();
    expect(gone.now()).toBe(1000);
    put(elsewhere);
    const clock = fakeClock((now) => now === 1000 && put(newHolder()));
    await expect(takeLock(folder, {clock})).rejects.toThrow(`process ${process.pid}`);
  });

  test('that changes hands among others while it is watched, it is watched again', async () => {
    put(elsewhere);
    const clock = fakeClock((now) => now === 2000 && put({...elsewhere, id: 'another'}));
    (await takeLock(folder, {clock})).release();
    expect(clock.now()).toBeGreaterThan(60_000);
  });

  test('of two processes that find it stale one gets it', async () => {
    put(elsewhere);
    age(3600);
    const takers = Array.from({length: 5}, () => takeLock(folder, {clock: fakeClock()}));
    const results = await Promise.allSettled(takers);
    expect(results.map(({status}) => status).sort()).toEqual([
      'fulfilled',
      ...Array.from({length: 4}, () => 'rejected'),
    ]);
  });

  test('a list takes it for live while it is young', () => {
    put(elsewhere);
    expect(lockHolder(folder)).toMatchObject({host: 'elsewhere'});
    age(150);
    expect(lockHolder(folder)).toBeUndefined();
  });
});

test('what is in its place and is no lock is told', async () => {
  mkdirSync(lock);
  await expect(takeLock(folder, {clock: fakeClock()})).rejects.toThrow(
    `${lock}: it can't be read; change its permissions or remove it`,
  );
  expect(readdirSync(folder)).toEqual(['LOCK']);
});

test("the one of a sweep's folder is told as that", async () => {
  const held = await takeLock(folder);
  await expect(takeLock(folder, {kind: 'sweep'})).rejects.toThrow('is at work in this sweep; wait for it, or stop it');
  held.release();
  put(elsewhere);
  age(3600);
  const said: string[] = [];
  const taken = await takeLock(folder, {clock: fakeClock(), kind: 'sweep', warn: (message) => said.push(message)});
  expect(said[0]).toBe(`${folder}: process 1 on elsewhere may be at work in this sweep; watching its lock for 10 s`);
  taken.release();
});

test('one that is being written is watched for two renewals, and said', async () => {
  writeFileSync(lock, '{"pid":1,"ho');
  const said: string[] = [];
  const clock = fakeClock();
  await takeLock(folder, {clock, warn: (message) => said.push(message)});
  expect(said).toEqual([
    `${folder}: a process that has not yet written its name may be at work in this run; watching its lock for 10 s`,
    `${folder}: a process that has not yet written its name has not renewed its lock for too long; it is taken over`,
  ]);
  expect(readdirSync(folder)).toEqual(['LOCK']);
});

describe('a holder', () => {
  test('that is asked renews it, too', async () => {
    const held = await takeLock(folder, {clock: fakeClock()});
    held.requireHeld();
    held.requireHeld();
    expect(lockHolder(folder)?.renewals).toBe(2);
  });

  test('goes on renewing it after its disk has failed', async () => {
    const clock = fakeClock();
    const held = await takeLock(folder, {clock});
    const text = readFileSync(lock, 'utf8');
    writeFileSync(lock, '{"torn');
    clock.renew();
    held.requireHeld();
    expect(readFileSync(lock, 'utf8')).toBe('{"torn');
    writeFileSync(lock, text);
    clock.renew();
    expect(lockHolder(folder)?.renewals).toBe(3);
  });

  test('renews it every five seconds, by a clock that keeps no process alive', async () => {
    vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']});
    onTestFinished(() => void vi.useRealTimers());
    const held = await takeLock(folder);
    vi.advanceTimersByTime(14_999);
    expect(lockHolder(folder)?.renewals).toBe(2);
    held.release();
    vi.advanceTimersByTime(20_000);
    expect([vi.getTimerCount(), readdirSync(folder)]).toEqual([0, []]);
  });

  test('renews it, so that another sees it change', async () => {
    const clock = fakeClock();
    const held = await takeLock(folder, {clock});
    const texts = [readFileSync(lock, 'utf8')];
    for (let i = 0; i < 12; i++) {
      clock.renew();
      texts.push(readFileSync(lock, 'utf8'));
    }
    expect(new Set(texts).size).toBe(13);
    expect(lockHolder(folder)?.renewals).toBe(12);
    held.release();
    clock.renew();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('from whom it was taken finds out, writes nothing more, and leaves it to the other', async () => {
    const clock = fakeClock();
    const held = await takeLock(folder, {clock});
    put(elsewhere);
    clock.renew();
    expect(() => held.requireHeld()).toThrow('process 1 on elsewhere has taken this run over');
    held.release();
    expect(readFileSync(lock, 'utf8')).toBe(lockText(elsewhere));
  });

  test('finds out also where it could not renew it in between', async () => {
    const held = await takeLock(folder, {clock: fakeClock()});
    put(elsewhere);
    expect(() => held.requireHeld()).toThrow('has taken this run over');
    expect(readFileSync(lock, 'utf8')).toBe(lockText(elsewhere));
  });

  test('whose lock was removed by hand makes it again', async () => {
    const held = await takeLock(folder, {clock: fakeClock()});
    rmSync(lock);
    held.requireHeld();
    expect(lockHolder(folder)?.pid).toBe(process.pid);
  });

  test('whose folder is gone ends silently', async () => {
    const held = await takeLock(folder, {clock: fakeClock()});
    rmSync(folder, {recursive: true});
    held.requireHeld();
    expect(() => held.release()).not.toThrow();
  });
});

const whole = newHolder();
test.each([
  '{"pid":1}',
  JSON.stringify({...whole, id: 3}),
  JSON.stringify({...whole, pid: 0}),
  JSON.stringify({...whole, pid: '1'}),
  JSON.stringify({...whole, host: 7}),
  JSON.stringify({...whole, system: undefined}),
  JSON.stringify({...whole, processStart: 3}),
  JSON.stringify({...whole, renewals: undefined}),
  'null',
  '7',
  '{"pid":1,"ho',
  '',
])('a text that names no process may be about to be written, and is watched first: %s', async (text) => {
  writeFileSync(lock, text);
  expect(lockHolder(folder)).toBeUndefined();
  const clock = fakeClock((now) => now === 3000 && put(newHolder()));
  await expect(takeLock(folder, {clock})).rejects.toThrow('is at work in this run');
  writeFileSync(lock, text);
  const torn = fakeClock();
  await takeLock(folder, {clock: torn});
  expect(torn.now()).toBe(10_000);
  expect(lockHolder(folder)?.pid).toBe(process.pid);
});
