import {join} from 'node:path';
import {numbered} from '../runs/index.js';
import {writeWhole} from '../support/index.js';
import type {ProfiledCall, ProfileReport, Profiler} from './profiler.js';

/**
 * Writes a profile into a run's folder: `profile_N.json`, and `trace_N.json` for Perfetto or chrome://tracing.
 * @param preemptionCount - how often the run was resumed
 */
export function writeProfile(run: string, preemptionCount: number, profiler: Profiler): ProfileReport {
  const report = profiler.report();
  writeWhole(join(run, numbered('profile', preemptionCount)), `${JSON.stringify(profileJson(report), null, 2)}\n`);
  writeWhole(join(run, numbered('trace', preemptionCount)), traceText(profiler.calls(), report));
  return report;
}

/** In the spelling of files. */
function profileJson({totalSeconds, totalCalls, sections}: ProfileReport): object {
  return {
    total_seconds: totalSeconds,
    num_calls: totalCalls,
    sections: sections.map((each) => ({
      action: each.section,
      mean_seconds: each.meanSeconds,
      std_seconds: each.stdSeconds,
      num_calls: each.calls,
      total_seconds: each.totalSeconds,
      percentage: each.percent,
    })),
  };
}

/**
 * Complete events ("X") in microseconds, one per line.
 * @see {@link https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU | Trace Event Format}
 */
function traceText(calls: readonly ProfiledCall[], {callsNotKept}: ProfileReport): string {
  const named = {name: 'process_name', ph: 'M', pid: 1, tid: 1, args: {name: 'algoperf-ts'}};
  const events = calls.map(({section, startSeconds, seconds}) => ({
    name: section,
    ph: 'X',
    pid: 1,
    tid: 1,
    ts: startSeconds * 1e6,
    dur: seconds * 1e6,
  }));
  const lines = [named, ...events].map((event) => JSON.stringify(event)).join(',\n');
  return `{"displayTimeUnit":"ms","otherData":{"calls_left_out":${callsNotKept}},"traceEvents":[\n${lines}\n]}\n`;
}
