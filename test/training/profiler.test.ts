import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {profileTable} from '../../src/cli/profile-table.js';
import {writeProfile} from '../../src/training/profile-files.js';
import {createProfiler} from '../../src/training/profiler.js';
import {temporaryFolder} from '../helpers/cli.js';

/** A profiler on a clock that moves by `take` alone. */
function onFakeClock(keptCalls?: number) {
  let milliseconds = 5000;
  const take = (seconds: number): void => {
    milliseconds += 1000 * seconds;
  };
  return {profiler: createProfiler(() => milliseconds, keptCalls), take};
}

describe('a profiler', () => {
  test('gives what numpy gives of the durations, the longest section first', () => {
    const {profiler, take} = onFakeClock();
    for (const seconds of [1, 2, 6]) profiler.time('Update parameters', () => take(seconds));
    profiler.time('Evaluation', () => take(10));
    take(1);
    const report = profiler.report();
    expect(report).toMatchObject({totalSeconds: 20, totalCalls: 4, callsNotKept: 0});
    expect(report.sections).toEqual([
      {section: 'Evaluation', calls: 1, meanSeconds: 10, stdSeconds: 0, totalSeconds: 10, percent: 50},
      {
        section: 'Update parameters',
        calls: 3,
        meanSeconds: 3,
        // numpy.std([1, 2, 6])
        stdSeconds: expect.closeTo(2.160246899469287, 12),
        totalSeconds: 9,
        percent: 45,
      },
    ]);
  });

  test('gives no share of no time', () => {
    const {profiler} = onFakeClock();
    profiler.time('Logging', () => {});
    expect(profiler.report().sections).toMatchObject([{calls: 1, totalSeconds: 0, percent: 0}]);
  });

  test('counts a section within another in both, a promise until it is settled, and work that throws', async () => {
    const {profiler, take} = onFakeClock();
    await profiler.time('Train', async () => {
      await Promise.resolve();
      profiler.time('Evaluation', () => take(2));
      take(1);
    });
    const failing = profiler.time('Logging', async () => {
      take(4);
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(() =>
      profiler.time('Logging', () => {
        take(1);
        throw new Error('again');
      }),
    ).toThrow('again');
    const seconds = profiler.report().sections.map(({section, totalSeconds}) => [section, totalSeconds]);
    expect(seconds).toEqual([
      ['Logging', 5],
      ['Train', 3],
      ['Evaluation', 2],
    ]);
  });

  test('leaves JSON and a trace, which has no more calls than it may', () => {
    const {profiler, take} = onFakeClock(2);
    take(1);
    for (const seconds of [0.5, 0.25, 0.125]) profiler.time('Evaluation', () => take(seconds));
    const folder = temporaryFolder();
    writeProfile(folder, 1, profiler);
    expect(readdirSync(folder).sort()).toEqual(['profile_1.json', 'trace_1.json']);
    const [profile, trace] = ['profile_1.json', 'trace_1.json'].map((name) =>
      JSON.parse(readFileSync(join(folder, name), 'utf8')),
    );
    expect(profile).toMatchObject({total_seconds: 1.875, num_calls: 3});
    expect(profile.sections).toMatchObject([{action: 'Evaluation', num_calls: 3, total_seconds: 0.875}]);
    expect(trace.otherData).toEqual({calls_left_out: 1});
    expect(trace.traceEvents).toEqual([
      {name: 'process_name', ph: 'M', pid: 1, tid: 1, args: {name: 'algoperf-ts'}},
      {name: 'Evaluation', ph: 'X', pid: 1, tid: 1, ts: 1e6, dur: 0.5e6},
      {name: 'Evaluation', ph: 'X', pid: 1, tid: 1, ts: 1.5e6, dur: 0.25e6},
    ]);
  });

  test("is shown with AlgoPerf's columns, the whole first", () => {
    const {profiler, take} = onFakeClock();
    for (const seconds of [1, 2]) profiler.time('Data selection', () => take(seconds / 3));
    expect(profileTable(profiler.report()).split('\n')).toEqual([
      'Profiler Report',
      'Action          Mean Duration (s)  Std Duration (s)  Num Calls  Total Time (s)  Percentage %',
      'Total                           -                 -          2               1           100',
      'Data selection                0.5           0.16667          2               1           100',
    ]);
  });
});
