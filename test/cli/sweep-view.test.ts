import {expect, test} from 'vitest';
import {createSweepView} from '../../src/cli/sweep-view.js';
import type {PoolRun, RunEnd} from '../../src/sweep/index.js';

/** The lines of a view that is no terminal. */
function linesOf(work: (view: ReturnType<typeof createSweepView>) => void): string[] {
  let text = '';
  const stream = {isTTY: false, write: (more: string) => (text += more)} as unknown as NodeJS.WriteStream;
  work(createSweepView({total: 3, done: 1, quiet: false, stream}));
  return text.trimEnd().split('\n');
}

const run = (name: string) => ({order: {name}}) as PoolRun;

test('a run that another process is at work in is told of once, however often it is looked at', () => {
  const lines = linesOf((view) => {
    const look = (end: RunEnd) => {
      view.begun(run('a'));
      view.ended(run('a'), end, end === 'busy');
    };
    for (const end of ['busy', 'busy', 'busy', 'complete'] as const) look(end);
  });
  expect(lines).toEqual([
    'a: begins',
    'a: another process is at work in it; waiting for it',
    expect.stringMatching(/^a: complete, \d\.\d s \(2\/3\)$/),
  ]);
});

test('a run that fails says so, and whether it is tried again', () => {
  const lines = linesOf((view) => {
    view.begun(run('a'));
    view.ended(run('a'), {failure: 'no data'}, true);
    view.begun(run('a'));
    view.ended(run('a'), {failure: 'no data'}, false);
  });
  expect(lines).toEqual([
    'a: begins',
    'warning: a: failed, is tried again: no data',
    'a: begins',
    'warning: a: failed: no data',
  ]);
});
