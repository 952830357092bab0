import {existsSync, readFileSync, readlinkSync} from 'node:fs';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {isRunning, processStart, systemId} from '../../src/runs/processes.js';

/** No process has it. */
const FREE = 2 ** 22 - 3;
const hasProc = existsSync('/proc/self/stat');

/** Has signals fail as the system would have it. */
function signalsFail(code: string): void {
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(code), {code});
  });
  onTestFinished(() => kill.mockRestore());
}

describe('a process', () => {
  test('is running, or is not', () => {
    expect([isRunning(process.pid), isRunning(process.ppid), isRunning(FREE)]).toEqual([true, true, false]);
  });

  test('of another user is running, too', () => {
    signalsFail('EPERM');
    expect(isRunning(process.pid)).toBe(true);
  });

  test('that is not there is not, whatever is known of its number', () => {
    signalsFail('ESRCH');
    expect(isRunning(process.pid)).toBe(false);
  });

  test('that is not there has no beginning', () => expect(processStart(FREE)).toBeNull());

  test.skipIf(!hasProc)("began when the system says, whatever its command's name is", () => {
    const title = process.title;
    onTestFinished(() => {
      process.title = title;
    });
    process.title = 'a) b (c';
    const fields = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    expect(processStart(process.pid)).toBe(fields[19]);
    expect(processStart(process.pid)).toMatch(/^\d+$/);
    expect(isRunning(process.pid)).toBe(true);
  });
});

test.skipIf(!hasProc)('a system is known by its boot and its namespace of process ids', () => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  expect(systemId()).toBe(`${boot} ${readlinkSync('/proc/self/ns/pid')}`);
});
