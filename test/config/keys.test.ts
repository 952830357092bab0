import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {z} from 'zod';
import {checkConfig, configTemplate, keyTable, readConfig} from '../../src/config/index.js';
import type {Submission} from '../../src/contract/index.js';
import {loadSubmission} from '../../src/submissions/index.js';
import {loadWorkload, workloadNames} from '../../workloads/index.js';
import {cli, root, temporaryFolder, writeConfig} from '../helpers/cli.js';

const cyclic = await loadSubmission('cyclic');

/** A submission whose schema has a key of each kind. */
const own = {
  configSchema: z.strictObject({
    hyperparameters: z.strictObject({
      rate: z
        .number()
        .gt(0)
        .lt(1)
        .describe('The | rate')
        .meta({examples: [0.5]}),
      count: z.int().min(2),
      names: z.array(z.string()).default(['a', 'b']),
      mode: z.enum(['fast', 'slow']).optional(),
      either: z.union([z.boolean(), z.number().max(3)]).optional(),
      any: z.record(z.string(), z.json()).optional(),
    }),
    extra: z.strictObject({on: z.boolean()}).optional(),
  }),
} as unknown as Submission;

describe('the table of keys', () => {
  test("in the docs is the schema's", () => {
    expect(readFileSync(join(root, 'docs', 'configs.md'), 'utf8')).toContain(
      `<!-- The table that \`algoperf-ts config keys\` prints. -->\n${keyTable(cyclic)}`,
    );
  });

  test("gives each key's type, default, and whether it is required", () => {
    const rows = keyTable(own).split('\n').slice(-10);
    expect(rows.filter((row) => /hyper|extra/.test(row))).toEqual([
      '| `hyperparameters.rate` | number in (0, 1) | **required** | The \\| rate |',
      '| `hyperparameters.count` | integer of at least 2 | **required** |  |',
      '| `hyperparameters.names` | list of strings | `["a","b"]` |  |',
      '| `hyperparameters.mode` | `fast`, `slow` |  |  |',
      '| `hyperparameters.either` | `true`, `false` or number of at most 3 |  |  |',
      '| `hyperparameters.any` | mapping |  |  |',
      '| `extra.on` | `true`, `false` |  |  |',
    ]);
  });

  test('is printed', async () => {
    expect((await cli(root, ['config', 'keys'])).stdout).toBe(keyTable(cyclic));
  });
});

test('every key of the cyclic submission has a description', () => {
  const rows = keyTable(cyclic).trimEnd().split('\n').slice(2);
  expect(rows.filter((row) => row.endsWith('|  |'))).toEqual([]);
});

describe('a starter config', () => {
  test.each(workloadNames)('passes every check for %s, also with all that it leaves out written', async (name) => {
    const workload = await loadWorkload(name);
    const {text, open} = configTemplate({submission: cyclic, submissionName: 'cyclic', workload});
    expect(open).toEqual([]);
    const folder = temporaryFolder();
    const check = (config: string) =>
      checkConfig(readConfig(join(folder, writeConfig(folder, config))), cyclic, workload);
    check(text);
    const written = text.replaceAll(/^( *)# ((?: *\w+:)(?: +[^ #].*|$))/gm, '$1$2');
    expect(Object.keys(parse(written))).toEqual(
      expect.arrayContaining(['submission', 'batch_size', 'evaluation', 'reset', 'early_stopping', 'logging']),
    );
    check(written);
  });

  test('names the submission, and what the schema has no example for', () => {
    const workload = {name: 'mine', batchSize: 32};
    const {text, open} = configTemplate({submission: own, submissionName: './own.ts', workload});
    expect(open).toEqual(['hyperparameters.count']);
    expect(text).toMatch(/^submission: \.\/own\.ts #/m);
    expect(text).toMatch(/^# batch_size: 32 #/m);
    expect(text).toMatch(/^ {2}rate: 0\.5 # The \| rate$/m);
    expect(text).toMatch(/^ {2}count: # integer of at least 2$/m);
    expect(text).toMatch(/^ {2}# names: \[a, b\]$/m);
    expect(text).toMatch(/^# extra:\n# {3}on: # true, false$/m);
  });

  test('is written to a new file alone', async () => {
    const folder = temporaryFolder();
    const words = ['config', 'init', '--workload', 'mnist', '--out', 'c.yaml'];
    expect((await cli(folder, words)).code).toBe(0);
    expect((await cli(folder, ['config', 'check', 'c.yaml', '--workload', 'mnist'])).code).toBe(0);
    const again = await cli(folder, words);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--out: c.yaml already exists')]);
  });
});
