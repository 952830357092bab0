import {describe, expect, test} from 'vitest';
import {root} from '../helpers/cli.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

/** Options that are required or take no value, and have no default to tell. */
const WITHOUT_DEFAULT =
  /--help|may be repeated|--overwrite|--workload <name or path>|--config <file>|--(text|tokens) <files|--set|--data-dir/;

/** Help of a command and of all below it, by their names. */
async function helpOf(words: readonly string[]): Promise<(readonly [name: string, text: string])[]> {
  const {code, stdout, stderr} = await warm(root, [...words, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  const [, list = ''] = stdout.split('\nCommands:\n');
  const below = [...list.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, name]) => name!).filter((name) => name !== 'help');
  const texts: (readonly [string, string])[] = [[words.join(' '), stdout]];
  for (const name of below) texts.push(...(await helpOf([...words, name])));
  return texts;
}

describe('--help of every command', () => {
  const all = helpOf([]);

  test('is found by walking from the first one', async () => {
    const names = (await all).map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['', 'run', 'runs sample', 'sweep check', 'backend install']));
  });

  test('shows each default once, and none that is empty', async () => {
    for (const [name, text] of await all) {
      for (const option of optionsIn(text)) {
        expect(option, name).not.toMatch(/default: *("" *|\[\]|\{\})? *\)/);
        expect(option.match(/default:/g)?.length ?? 0, `${name}: ${option}`).toBeLessThanOrEqual(1);
      }
    }
  });

  test('tells every option with its default', async () => {
    const untold = (await all).flatMap(([name, text]) =>
      optionsIn(text)
        .filter((option) => !/default:/.test(option) && !WITHOUT_DEFAULT.test(option))
        .map((option) => `${name}: ${option}`),
    );
    expect(untold).toEqual([]);
  });

  test('has an example, unless it lists further commands', async () => {
    const without = (await all).filter(([, text]) => !/Example|\nCommands:\n/.test(text)).map(([name]) => name);
    expect(without).toEqual([]);
  });
});

/** The lines of each option, as one line. */
function optionsIn(text: string): string[] {
  return (text.match(/^ {2}--.*$(\n {10,}.*$)*/gm) ?? []).map((lines) => lines.replaceAll(/\s+/g, ' '));
}
