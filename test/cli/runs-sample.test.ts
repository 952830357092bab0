import {Command} from 'commander';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {addSampleCommand} from '../../src/cli/runs-sample.js';

const sampled = {path: 'here', globalStep: 1, seed: 1, prompt: '', text: 'drawn', tokens: 1};
vi.mock('../../src/runs/index.js', () => ({findRun: () => ({path: 'here'})}));
vi.mock('../../src/verification/index.js', () => ({
  isDrawn: () => false,
  sampleRunAfresh: () => new Promise((resolve) => setTimeout(() => resolve(sampled), 25_000)),
}));

let said = '';
beforeEach(() => {
  said = '';
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function sample(...words: string[]): Promise<Command> {
  const program = new Command().exitOverride().configureOutput({outputError: () => {}});
  addSampleCommand(program);
  program.commands[0]!.exitOverride();
  return program.parseAsync(['sample', 'run', ...words], {from: 'user'});
}

test('a text that takes longer than ten seconds is spoken of, once', async () => {
  const end = sample('--tokens', '5000');
  await vi.waitUntil(() => vi.getTimerCount() === 2, {timeout: 30_000});
  await vi.advanceTimersByTimeAsync(9000);
  expect(said).toBe('');
  await vi.advanceTimersByTimeAsync(60_000);
  await end;
  expect(said).toBe('drawing up to 5,000 tokens; the text is printed when it is complete\n');
});

test('more tokens than one would wait for are refused', async () => {
  await expect(sample('--tokens', '1e9')).rejects.toThrow('It must be an integer of at least 1 and at most 100000.');
});
