import {Command} from 'commander';
import {afterEach, expect, test, vi} from 'vitest';
import {addSubmissionsCommand} from '../../src/cli/submissions.js';
import {addWorkloadsCommand} from '../../src/cli/workloads.js';

const {stdout} = process;
const before = {isTTY: stdout.isTTY, columns: stdout.columns};

afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(stdout, before);
});

/** What a command prints on a terminal of a width. */
async function printedOn(columns: number, ...words: string[]): Promise<string[]> {
  const program = new Command();
  addSubmissionsCommand(program, async () => {});
  addWorkloadsCommand(program);
  Object.assign(stdout, {isTTY: true, columns});
  const write = vi.spyOn(stdout, 'write').mockReturnValue(true);
  await program.parseAsync(words, {from: 'user'});
  const text = write.mock.calls.map(([piece]) => String(piece)).join('');
  write.mockRestore();
  return text.trimEnd().split('\n');
}

test.each([
  [
    ['submissions', 'list'],
    ['submission', 'description', 'cyclic', 'nadamw'],
  ],
  [['workloads'], ['workload', 'description', 'mnist', 'cifar']],
])('%j fits a terminal of 80 columns', async (words, shown) => {
  const lines = await printedOn(80, ...words);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  for (const word of shown) expect(lines.join('\n')).toContain(word);
});

test('a wide terminal has all columns', async () => {
  expect((await printedOn(1000, 'submissions', 'list'))[0]).toMatch(/rule +paper$/);
  expect((await printedOn(1000, 'workloads'))[0]).toMatch(/train +batch +description$/);
});
