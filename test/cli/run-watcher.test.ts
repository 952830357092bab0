import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createWatcher} from '../../src/cli/run-watcher.js';
import type {ProgressPart, Terminal} from '../../src/cli/terminal.js';
import type {Log} from '../../src/support/index.js';

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
