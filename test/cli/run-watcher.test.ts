import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createWatcher} from '../../src/cli/run-watcher.js';
import type {ProgressPart, Terminal} from '../../src/cli/terminal.js';
import type {Log} from '../../src/support/index.js';
import type {ProgressView} from '../../src/training/index.js';

beforeEach(() => void vi.useFakeTimers({toFake: ['performance']}));
afterEach(() => void vi.useRealTimers());

test('data that takes two seconds to open is spoken of once, and its share kept up to date', () => {
  const [lines, drawn]: [string[], string[]] = [[], []];
  const logger = {info: (line: string) => void lines.push(line)};
  const terminal = {
    progress: (parts: readonly ProgressPart[]) => void drawn.push(parts.map(({text}) => text).join()),
    clear: () => void drawn.push('cleared'),
  };
  const {loading} = createWatcher({
    log: {logger} as unknown as Log,
    tell: () => {},
    terminal: terminal as unknown as Terminal,
    metric: 'bleu',
  });
  for (const [seconds, share] of [
    [0, 0],
    [1.9, 0.1],
    [0.1, 0.25],
    [1, 0.456],
    [1, 1],
  ] as const) {
    vi.advanceTimersByTime(1000 * seconds);
    loading!('counting tokens', share);
  }
  expect(lines).toEqual(['data: counting tokens, which is done once']);
  expect(drawn).toEqual(['counting tokens 25 %', 'counting tokens 45 %', 'cleared']);
});

test('parameters that a reset has made 0 are warned of', () => {
  const said: string[] = [];
  const logger = {
    info: (_: object, message: string) => void said.push(`info ${message}`),
    warn: (_: object, message: string) => void said.push(`warning ${message}`),
  };
  const {event} = createWatcher({
    log: {logger} as unknown as Log,
    tell: () => {},
    terminal: undefined,
    metric: 'bleu',
  });
  for (const name of ['reset', 'zeroed_model']) event({globalStep: 1, name, message: name});
  expect(said).toEqual(['info reset', 'warning zeroed_model']);
});

/** A view of a run by its step and how far its evaluation is. */
const viewOf = (globalStep: number, evaluated?: number): ProgressView =>
  ({globalStep, evaluated, times: {submission: 0}}) as ProgressView;

test.each([true, false])('an evaluation of minutes is spoken of where there is no progress line: %s', (isPipe) => {
  const [lines, drawn]: [string[], string[]] = [[], []];
  const terminal = {progress: (parts: readonly ProgressPart[]) => void drawn.push(parts.map(({text}) => text).join())};
  const {progress} = createWatcher({
    log: {logger: {info: (line: string) => void lines.push(line)}} as unknown as Log,
    tell: () => {},
    terminal: isPipe ? undefined : (terminal as unknown as Terminal),
    metric: 'bleu',
  });
  for (const [seconds, step, evaluated] of [
    [0, 1, 0],
    [59, 1, 0.1],
    [1, 1, 0.125],
    [299, 1, 0.5],
    [1, 1, 0.51],
    [400, 2, undefined],
    [0, 1000, 0.1],
    [59, 1000, 0.9],
    [1, 1000, 0.95],
  ] as const) {
    vi.advanceTimersByTime(1000 * seconds);
    progress(viewOf(step, evaluated));
  }
  const expected = [
    'evaluating after step 1: 12.5 %',
    'evaluating after step 1: 51.0 %',
    'evaluating after step 1,000: 95.0 %',
  ];
  expect(lines).toEqual(isPipe ? expected : []);
  expect(drawn.length).toBe(isPipe ? 0 : 9);
});
