import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {checkConfig, readConfig, schemaFor} from '../../src/config/index.js';
import type {Submission} from '../../src/contract/index.js';
import {loadSubmission} from '../../src/submissions/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';

/** What a text is read as. */
function read(text: string | Uint8Array, overrides: readonly string[] = []): unknown {
  return readConfig(written(text), {set: overrides}).data;
}

function written(text: string | Uint8Array): string {
  const file = join(temporaryFolder(), 'c.yaml');
  writeFileSync(file, text);
  return file;
}

/** The error for a string, without the folder of the file. */
function refusal(text: string | Uint8Array, overrides: readonly string[] = []): string {
  return messageOf(() => read(text, overrides));
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect((error as Error).name).toBe('UserError');
    return (error as Error).message.replaceAll(/\S*\/(?=c\.yaml)/g, '');
  }
  throw new Error('nothing was refused');
}

/** A submission that takes any hyperparameters. */
const free = {} as Submission;

describe('a config that is YAML as people write it', () => {
  test('merge keys: of one mapping, of a list, of an alias in an alias; what is written beside them counts', () => {
    const text = `
x-defaults: &base {a: 1, b: {c: 2}}
x-more: &more
  <<: *base
  d: 3
hyperparameters:
  <<: [{a: 0, e: 4}, *more]
  d: 5
`;
    expect(read(text)).toEqual({hyperparameters: {a: 0, b: {c: 2}, d: 5, e: 4}});
    expect(read('hyperparameters: {"<<": 1}')).toEqual({hyperparameters: {'<<': 1}});
    expect(read('h: &h {a: 1}\nhyperparameters:\n  <<: *h\n  <<: {b: 2}\n')).toMatchObject({
      hyperparameters: {a: 1, b: 2},
    });
  });

  test('keys that begin with x- are left out at the top, and only there', () => {
    expect(read('x-a: 1\nhyperparameters: {x-b: 2}')).toEqual({hyperparameters: {'x-b': 2}});
  });

  test('YAML 1.1 where the file says so', () => {
    expect(read('a: yes\nb: 010')).toEqual({a: 'yes', b: 10});
    expect(read('%YAML 1.1\n---\na: yes\nb: 010\nc: {<<: {d: 1}}')).toEqual({a: true, b: 8, c: {d: 1}});
  });

  test.each([
    ['a byte order mark', `\ufeff${SMALL}`],
    ['line ends of Windows', SMALL.replaceAll('\n', '\r\n')],
    ['a document marked at both ends', `---\n${SMALL}...\n`],
  ])('%s', (_, text) => expect(read(text)).toEqual(read(SMALL)));

  test('one anchor may be used as often as one likes', () => {
    const list = Array.from({length: 5000}, () => '*z').join(', ');
    expect((read(`x-zero: &z 0\nschedule: {alter_decays: [${list}]}`) as {schedule: object}).schedule).toEqual({
      alter_decays: Array(5000).fill(0),
    });
  });

  test('--set changes what an alias stands for in one place alone', () => {
    const text = 'schedule: {alter_decays: &z [0, 0], alter_warmups: *z}';
    expect(read(text, ['schedule.alter_decays[1]=1'])).toEqual({
      schedule: {alter_decays: [0, 1], alter_warmups: [0, 0]},
    });
  });
});

describe('a config that is refused by line and column', () => {
  test.each([
    ['a list as a key', 'a: 1\n? [a, b]\n: 2\n', 'c.yaml:2:3: not valid YAML: a key must be a string, found a list'],
    ['a mapping as a key', '{? {a: 1} : 2}', 'c.yaml:1:4: not valid YAML: a key must be a string, found a mapping'],
    ['a key of nothing', 'a: 1\n: 2\n', 'c.yaml:2:1: not valid YAML: a key must be a string, found nothing'],
    ['a key of JavaScript', 'h: {__proto__: {a: 1}}', 'c.yaml:1:5: not valid YAML: no key can be called __proto__'],
    ['a key twice', 'a: {b: 1,\n "b": 2}', 'c.yaml:2:2: not valid YAML: the key b is given twice'],
    ['an alias of nothing', 'a:\n  - *x', 'c.yaml:2:5: not valid YAML: the alias *x has no anchor &x before it'],
    ['an alias of itself', 'a: &x [1, *x]', 'c.yaml:1:11: not valid YAML: the alias *x lies within what it stands for'],
    [
      'a merged number',
      'a:\n  <<: 5',
      'c.yaml:2:7: not valid YAML: << takes a mapping, or a list of mappings, found 5',
    ],
    [
      'a merged list',
      'a: &l [1]\nb: {<<: *l}',
      'c.yaml:2:9: not valid YAML: << takes a mapping, or a list of mappings, found 1',
    ],
    ['nothing merged', 'a:\n  <<:', 'found nothing'],
    ['a type of its own', 'a: !mine 1', 'c.yaml:1:4: not valid YAML: the type !mine is not allowed'],
    ['a set', 'a: !!set {b, c}', 'c.yaml:1:10: not valid YAML: the type !!set is not allowed'],
    ['bytes', 'a: !!binary aGk=', 'the type !!binary is not allowed'],
    [
      'a date of YAML 1.1',
      '%YAML 1.1\n---\na: 2001-12-14',
      'c.yaml:3:4: not valid YAML: 2001-12-14 is a date in YAML 1.1; put it in quotes',
    ],
    ['tabs', 'a:\n\tb: 1', 'c.yaml:2:1: not valid YAML: Tabs are not allowed as indentation'],
    ['two documents', 'a: 1\n---\nb: 2', 'c.yaml:2:1: not valid YAML: there must be one document, found 2'],
    ['a version that is not known', '%YAML 9.9\n---\na: 1', 'c.yaml:1:7: not valid YAML: Unsupported YAML version 9.9'],
  ])('%s', (_, text, message) => expect(refusal(text)).toContain(message));

  test.each([
    ['nothing', ''],
    ['a comment', '# nothing\n'],
    ['a document of nothing', '---\n'],
    ['null', 'null'],
  ])('%s is empty', (_, text) => expect(refusal(text)).toMatch(/^c\.yaml: is empty/));

  test('what is not UTF-8, and UTF-16', () => {
    expect(refusal(Uint8Array.of(0x61, 0x3a, 0xff))).toBe('c.yaml: is not text in UTF-8');
    expect(refusal(Buffer.from('\ufeffa: 1', 'utf16le'))).toContain('but in UTF-16; save it as UTF-8');
  });

  test('mistakes of many kinds at once', () => {
    expect(refusal('a: *x\na: 1\n[1]: 2').split('\n')).toHaveLength(3);
  });
});

describe('what would take forever is refused', () => {
  test('aliases that expand too far', () => {
    const lines = Array.from({length: 12}, (_, i) => `l${i}: &l${i} [${i ? Array(9).fill(`*l${i - 1}`) : 1}]`);
    expect(refusal(lines.join('\n'))).toContain('it holds more than 200,000 values, once its aliases are followed');
  });

  test('merge keys that expand too far', () => {
    const lines = Array.from(
      {length: 30},
      (_, i) => `l${i}: &l${i} {k${i}: 0${i ? `, <<: [*l${i - 1}, *l${i - 1}]` : ''}}`,
    );
    expect(refusal(lines.join('\n'))).toContain('it holds more than 200,000 values');
  });

  test('a file larger than 1 MiB, before it is read', () => {
    expect(refusal('a'.repeat(2 ** 20 + 1))).toMatch(/^c\.yaml: is larger than 1 MiB/);
    expect(refusal(' '.repeat(2 ** 20))).toMatch(/^c\.yaml: is empty/);
  });

  test('a device', () => {
    expect(messageOf(() => readConfig('/dev/zero'))).toBe(
      '/dev/zero: is a device, not a file (standard input is called -)',
    );
  });

  test.skipIf(process.platform !== 'linux')('a file that the system does not let one read', () => {
    expect(messageOf(() => readConfig('/proc/self/mem'))).toMatch(/^\/proc\/self\/mem: can't be read \(EIO: /);
  });

  test('a link that leads back to itself, a folder, a name that can be none', () => {
    const folder = temporaryFolder();
    symlinkSync('c.yaml', join(folder, 'c.yaml'));
    expect(messageOf(() => readConfig(join(folder, 'c.yaml')))).toContain('is a link that leads back to itself');
    mkdirSync(join(folder, 'd'));
    expect(messageOf(() => readConfig(join(folder, 'd')))).toContain('is a folder, not a file');
    expect(messageOf(() => readConfig('a\0b.yaml'))).toContain('is not a valid file name');
    expect(messageOf(() => readConfig(`${'a'.repeat(300)}.yaml`))).toContain('the name is too long');
  });
});

describe('many mistakes', () => {
  test('20,000 unknown keys are reported in part, the first ones by their places', async () => {
    const keys = Array.from({length: 20_000}, (_, i) => `key_${i}: 1`);
    const source = readConfig(written(`${keys.join('\n')}\n`));
    const lines = messageOf(() => checkConfig(source, {configSchema: schemaFor(free)} as Submission)).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toMatch(/^c\.yaml:1:1: key_0: there is no such key/);
    expect(lines[20]).toBe('... and 19,980 more');
  });

  test('in what is merged or aliased they have the place where they are written', async () => {
    const cyclic = await loadSubmission('cyclic');
    const text = `x-h: &h
  learning_rate: fast
  weight_dekay: 1
hyperparameters:
  <<: *h
  warmup_factor: 2
schedule: {alter_decays: &l [0, a], alter_warmups: *l}
`;
    const lines = messageOf(() => checkConfig(readConfig(written(text)), cyclic)).split('\n');
    expect(lines.find((line) => line.includes('learning_rate:'))).toMatch(/^c\.yaml:2:18: .* must be a number/);
    expect(lines.find((line) => line.includes('weight_dekay'))).toMatch(/^c\.yaml:3:3: /);
    expect(lines.find((line) => line.includes('alter_warmups'))).toMatch(/^c\.yaml:7:33: schedule\.alter_warmups\[1\]/);
  });
});

test('a pipe is read as a file is', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'c.yaml'), SMALL);
  const tool = join(import.meta.dirname, '..', '..', 'bin', 'algoperf-ts.js');
  const command = `"${process.execPath}" "${tool}" config check <(cat c.yaml) --json`;
  const checked = execFileSync('bash', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(JSON.parse(checked)).toMatchObject({batch_size: 16});
});
