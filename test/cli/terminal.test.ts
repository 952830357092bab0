import {PassThrough} from 'node:stream';
import {describe, expect, test} from 'vitest';
import {createPlainLines, createTerminal, fitted, progressParts} from '../../src/cli/terminal.js';
import {createLog} from '../../src/support/index.js';
import type {ProgressView} from '../../src/training/index.js';

const view: ProgressView = {
  globalStep: 1234,
  totalSteps: 7813,
  budgetSeconds: 60,
  loss: 0.12345,
  learningRate: 1.2e-3,
  note: 'cycle 2/3',
  latest: {globalStep: 1000, metrics: {'validation/accuracy': 0.97123}, submissionTime: 3},
  evaluated: undefined,
  times: {submission: 3, evaluation: 1, logging: 0, total: 4},
};
const parts = progressParts(view, 95, 'accuracy');

describe('the progress line', () => {
  test.each([
    [120, 'step 1,234/7,813  1:35 left  loss 0.1235  lr 1.20e-3  cycle 2/3  validation accuracy 0.9712'],
    [79, 'step 1,234/7,813  1:35 left  loss 0.1235  cycle 2/3  validation accuracy 0.9712'],
    [78, 'step 1,234/7,813  1:35 left  loss 0.1235  validation accuracy 0.9712'],
    [39, 'step 1,234/7,813  1:35 left'],
    [40, 'step 1,234/7,813  1:35 left  loss 0.1235'],
    [16, 'step 1,234/7,813'],
    [15, ''],
  ])('in %i columns leaves out whole parts, the least useful first', (width, line) => {
    expect(fitted(parts, width)).toBe(line);
  });

  test('keeps the time left during an evaluation', () => {
    const evaluating = progressParts({...view, evaluated: 0.417}, 95, 'accuracy');
    expect(fitted(evaluating, 60)).toBe('step 1,234/7,813  1:35 left  loss 0.1235  evaluating 41 %');
    expect(fitted(evaluating, 50)).toBe('step 1,234/7,813  1:35 left  evaluating 41 %');
  });

  test('shows nothing that is not known', () => {
    const bare = {globalStep: 5, evaluated: undefined, times: view.times};
    const unknown = {
      totalSteps: undefined,
      budgetSeconds: undefined,
      loss: undefined,
      learningRate: undefined,
      note: undefined,
      latest: undefined,
    };
    expect(fitted(progressParts({...bare, ...unknown}, undefined, 'accuracy'), 80)).toBe('step 5');
  });
});

/** What is written to a stream of so many columns. */
function stream(columns: number): {stream: NodeJS.WriteStream; written: () => string} {
  const through = Object.assign(new PassThrough(), {columns});
  return {stream: through as unknown as NodeJS.WriteStream, written: () => String(through.read() ?? '')};
}

test('on a terminal the progress line stays below the log lines and is never as wide as the terminal', () => {
  const {stream: stderr, written} = stream(41);
  const terminal = createTerminal(stderr);
  terminal.progress(parts);
  expect(written()).toBe('\r\x1b[2Kstep 1,234/7,813  1:35 left  loss 0.1235');
  createLog(terminal, 'info').logger.info('an event');
  expect(written()).toBe('\r\x1b[2Kan event\n\r\x1b[2Kstep 1,234/7,813  1:35 left  loss 0.1235');
  terminal.clear();
  expect(written()).toBe('\r\x1b[2K');
});

test('elsewhere lines are plain words, and warnings and errors say that they are', () => {
  const {stream: stderr, written} = stream(80);
  const {logger} = createLog(createPlainLines(stderr), 'info');
  logger.debug('not shown');
  logger.info({global_step: 1}, 'an event');
  logger.warn('a warning');
  logger.error({err: Object.assign(new Error('no'), {stack: 'Error: no\n    at x'})}, 'failed');
  expect(written()).toBe('an event\nwarning: a warning\nerror: failed\nError: no\n    at x\n');
});
