import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {hostname} from 'node:os';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {encode} from 'gpt-tokenizer/encoding/gpt2';
import {describe, expect, test} from 'vitest';
import {finewebeduLm} from '../../workloads/finewebedu_lm/index.js';
import {END_OF_DOCUMENT, tokensOf} from '../../workloads/finewebedu_lm/tokenize.js';
import spaces from '../golden/gpt2_spaces.json' with {type: 'json'};
import golden from '../golden/gpt2_tokens.json' with {type: 'json'};
import {root, temporaryFolder} from '../helpers/cli.js';

/** Threads run compiled files. */
const built = (await import(
  pathToFileURL(join(root, 'dist', 'workloads', 'finewebedu_lm', 'index.js')).href
)) as typeof import('../../workloads/finewebedu_lm/index.js');

const tokenList = (text: string | Buffer): number[] => [...tokensOf(Buffer.from(text as string))];

describe("GPT-2's tokens", () => {
  test.each([
    ...golden.cases.map((each) => ({...each, madeBy: golden.madeBy})),
    ...spaces.cases.map((each) => ({...each, madeBy: spaces.madeBy})),
  ])('of $text are those of $madeBy', ({text, tokens}) => {
    expect(tokenList(text)).toEqual([...tokens, END_OF_DOCUMENT]);
  });

  test('of a long text are those of its parts between two words', () => {
    const sentence = 'The state of the union is good, and 1963 was better.\r\n';
    const once = tokenList(sentence).slice(0, -1);
    const found = tokenList(sentence.repeat(60_000));
    expect(found.length).toBe(60_000 * once.length + 1);
    expect(found.every((token, i) => token === (once[i % once.length] ?? token) || i === found.length - 1)).toBe(true);
  });

  test.each(['\n', '\t', ' ', '\u3000'])('a run of %j without end takes time by its length', (space) => {
    const pieces = tokenList(`${space.repeat(512)}`).slice(0, -1);
    const found = tokenList(`${space.repeat(512 * 400)}end`);
    expect(found.slice(0, 300 * pieces.length)).toEqual(Array(300).fill(pieces).flat());
    expect(found.at(-2)).toBe(tokenList(space === ' ' ? ' end' : 'end').at(-2));
  });

  test.each([`a ${'x'.repeat(512)} b`, `a${' '.repeat(512)}b`, `a${'\n'.repeat(512)}b`])(
    'a run of 512 is not cut',
    (text) => {
      expect(tokenList(text)).toEqual([...encode(text), END_OF_DOCUMENT]);
    },
  );

  test.each([
    'brown\n',
    'fox\t',
    'слово\n',
    'λόγος, ',
    'word  ',
    '三个。\n',
    'end.\r\n',
    'line\u2028',
    'form\f',
    'a\u00a0 ',
  ])('of a long text of %j are those of its parts', (part) => {
    const bytes = Buffer.byteLength(part);
    const text = part.repeat(Math.ceil((2.2 * 2 ** 20) / bytes));
    expect(tokenList(text)).toEqual([...encode(text), END_OF_DOCUMENT]);
  });

  test('a word without end takes time by its length, and invalid UTF-8 becomes U+FFFD', () => {
    expect(tokenList('é'.repeat(200_000)).length).toBeGreaterThan(100_000);
    expect(tokenList(Buffer.from([0x61, 0xff, 0x62]))).toEqual(tokenList('a\ufffdb'));
  });
});

/** Texts of about 200 tokens each. */
function textFolder(count: number): string {
  const folder = temporaryFolder();
  const lines = Array.from({length: count}, (_, i) => JSON.stringify({text: `${i} apples and pears. `.repeat(33)}));
  writeFileSync(join(folder, 'a.jsonl'), lines.join('\n'));
  writeFileSync(join(folder, 'b.txt'), 'One file more.');
  return folder;
}

function tokensIn(file: string): number[] {
  const bytes = readFileSync(file);
  return Array.from({length: bytes.length / 2}, (_, i) => bytes.readUInt16LE(2 * i));
}

interface Tokens {
  readonly train: number;
  readonly validation: number;
}

/** Documents without their ends, as text of token numbers. */
const documentsIn = (file: string): string[] => tokensIn(file).join(' ').split(` ${END_OF_DOCUMENT}`).slice(0, -1);

describe('data prepare', () => {
  test('makes files of tokens, in which every document is in one split, and which the workload reads', async () => {
    const [folder, into] = [textFolder(120), join(temporaryFolder(), 'tokens')];
    const steps: string[] = [];
    const progress: number[][] = [];
    const about = await built.finewebeduLm.prepareData!({
      text: [folder],
      into,
      onStep: (text) => steps.push(text),
      onProgress: (...numbers) => progress.push(numbers),
    });
    expect(steps).toEqual(['Reading 2 files', 'Tokenizing 121 documents']);
    expect(progress.at(-1)![0]).toBe(progress.at(-1)![1]);
    expect(readdirSync(into).sort()).toEqual(['tokens.json', 'train.bin', 'validation.bin']);
    const [train, validation] = ['train.bin', 'validation.bin'].map((name) => join(into, name));
    expect(about).toEqual({
      tokenizer: 'gpt2',
      train: tokensIn(train!).length,
      validation: tokensIn(validation!).length,
    });
    const [trained, held] = [documentsIn(train!), documentsIn(validation!)].map((documents) =>
      documents.map((text) => text.trim()),
    );
    const expected = [...Array(120).keys()].map((i) => `${i} apples and pears. `.repeat(33)).concat('One file more.');
    expect([...trained!, ...held!].sort()).toEqual(
      expected.map((text) => tokenList(text).slice(0, -1).join(' ')).sort(),
    );
    expect(held!.filter((text) => trained!.includes(text))).toEqual([]);
    expect(held!.length).toBeGreaterThan(5);

    const dataset = await finewebeduLm.loadData(into);
    expect(dataset.train.size).toBe(Math.floor(tokensIn(train!).length / 1025));
    const {inputs, targets, weights} = await dataset.train.read(Uint32Array.of(2, 0));
    expect([inputs!.shape, weights!.shape]).toEqual([
      [2, 1024],
      [2, 1024],
    ]);
    expect([...inputs!.data.subarray(0, 1024)]).toEqual(tokensIn(train!).slice(2050, 3074));
    expect([...targets!.data.subarray(1024)]).toEqual(tokensIn(train!).slice(1, 1025));
    await dataset.train.close!();
    await dataset.validation.close!();
    await expect(built.finewebeduLm.prepareData!({text: [folder], into})).rejects.toThrow(
      'there is prepared data already',
    );
  });

  test.each([
    [{}, '--text: there is no file in'],
    [{'a.txt': ''}, 'at least two different documents are needed, one for validation; found 0'],
    [{'a.txt': 'same', 'b.txt': 'same'}, 'at least two different documents are needed, one for validation; found 2'],
    [{'a.txt': 'text', 'b.txt': 'a\0b'}, 'b.txt: this is no text in UTF-8 or an 8-bit encoding: byte 1 is 0'],
  ])('refuses %o', async (files, message) => {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const into = join(temporaryFolder(), 'tokens');
    await expect(built.finewebeduLm.prepareData!({text: [folder], into})).rejects.toThrow(message);
  });

  test.each<[string, (file: string) => void]>([
    ['has grown', (file) => appendFileSync(file, `\n${JSON.stringify({text: 'One more.'})}`)],
    ['has become shorter', (file) => truncateSync(file, readFileSync(file).indexOf('\n'))],
    ['is another one', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('7 apples', '8 apples'))],
  ])('refuses a file that %s since it was split', async (_, change) => {
    const [folder, into] = [textFolder(120), join(temporaryFolder(), 'tokens')];
    const file = join(folder, 'a.jsonl');
    const onStep = (text: string) => void (text.startsWith('Tokenizing') && change(file));
    await expect(built.finewebeduLm.prepareData!({text: [folder], into, onStep})).rejects.toThrow(
      `${file}: it has changed while it was prepared, so that its documents might get into both splits`,
    );
    expect(readdirSync(into)).toEqual([]);
  });

  test('a file that is named twice counts twice', async () => {
    const [folder, into] = [textFolder(120), join(temporaryFolder(), 'tokens')];
    const file = join(folder, 'a.jsonl');
    const {train, validation} = (await built.finewebeduLm.prepareData!({text: [file, file], into})) as Tokens;
    const once = (await built.finewebeduLm.prepareData!({
      text: [file],
      into: join(temporaryFolder(), 'once'),
    })) as Tokens;
    expect(train + validation).toBe(2 * (once.train + once.validation));
  });

  test('refuses too little text for a sequence of each split, and leaves no files', async () => {
    const into = join(temporaryFolder(), 'tokens');
    const refused = (count: number) => built.finewebeduLm.prepareData!({text: [textFolder(count)], into});
    await expect(refused(20)).rejects.toThrow(
      /too little text: the validation split has \d+ of its [\d,]+ tokens, and one sequence takes 1,025\. .* name 10,250 tokens or more, about 47,000 letters/,
    );
    await expect(refused(1)).rejects.toThrow(/the train split has \d+ of its \d+ tokens/);
    expect(readdirSync(into)).toEqual([]);
  });

  test('refuses a folder that has a part of the data', async () => {
    const into = temporaryFolder();
    const file = join(into, 'validation.bin');
    writeFileSync(file, 'mine');
    const refused = built.finewebeduLm.prepareData!({text: [textFolder(120)], into});
    await expect(refused).rejects.toThrow(
      `${file}: it is there already, without the tokens.json that prepared data has; remove it, or name another folder`,
    );
    expect([readdirSync(into), readFileSync(file, 'utf8')]).toEqual([['validation.bin'], 'mine']);
    // A link that leads nowhere is there, too; so is what comes while texts are read.
    const other = temporaryFolder();
    symlinkSync('/nowhere/train.bin', join(other, 'train.bin'));
    await expect(built.finewebeduLm.prepareData!({text: [textFolder(120)], into: other})).rejects.toThrow(
      'it is there already',
    );
    rmSync(join(other, 'train.bin'));
    const onProgress = () => writeFileSync(join(other, 'train.bin'), 'mine');
    await expect(built.finewebeduLm.prepareData!({text: [textFolder(120)], into: other, onProgress})).rejects.toThrow(
      'it is there already',
    );
    expect([readdirSync(other), readFileSync(join(other, 'train.bin'), 'utf8')]).toEqual([['train.bin'], 'mine']);
  });

  test('of one that was killed while it moved its files to their places nothing is left', async () => {
    const into = temporaryFolder();
    for (const name of ['train.bin', 'tokens.json.999999999.tmp', 'validation.bin.999999999.tmp'])
      writeFileSync(join(into, name), 'left');
    await built.finewebeduLm.prepareData!({text: [textFolder(120)], into});
    expect(readdirSync(into).sort()).toEqual(['tokens.json', 'train.bin', 'validation.bin']);
    expect(readFileSync(join(into, 'train.bin')).length).toBeGreaterThan(1000);
  });

  test('waits for another preparation, and removes what a killed one has left', async () => {
    const into = temporaryFolder();
    for (const name of ['train.bin', 'validation.bin', 'tokens.json']) writeFileSync(join(into, `${name}.1.tmp`), '');
    writeFileSync(join(into, 'prepare.lock'), `process ${2 ** 22 - 3}\n${hostname()}\n`);
    const steps: string[] = [];
    const prepare = () =>
      built.finewebeduLm.prepareData!({text: [textFolder(120)], into, onStep: (text) => void steps.push(text)});
    const [first, second] = await Promise.allSettled([prepare(), prepare()]);
    expect([first!.status, second!.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(steps).toContainEqual(
      `waiting for another preparation in ${into} (process ${process.pid} on ${hostname()})`,
    );
    expect(readdirSync(into).sort()).toEqual(['tokens.json', 'train.bin', 'validation.bin']);
  });

  test('refuses a folder that can not be made', async () => {
    const folder = temporaryFolder();
    for (const name of ['a.txt', 'b.txt']) writeFileSync(join(folder, name), name);
    for (const into of [join(folder, 'a.txt'), join(folder, 'a.txt', 'tokens')]) {
      const steps: string[] = [];
      const onStep = (text: string) => void steps.push(text);
      await expect(built.finewebeduLm.prepareData!({text: [folder], into, onStep})).rejects.toThrow(`${into}: `);
      expect(steps).toEqual([]);
    }
    const wrong = join(temporaryFolder(), 'a', 'tokens');
    await expect(built.finewebeduLm.prepareData!({text: [join(folder, 'a.txt')], into: wrong})).rejects.toThrow('two');
    expect(existsSync(dirname(wrong))).toBe(false);
  });
});

describe('prepared data', () => {
  /** 3 training and 2 validation sequences, all of token 7. */
  function prepared(): string {
    const folder = temporaryFolder();
    const about = {tokenizer: 'gpt2', train: 3 * 1025 + 5, validation: 2 * 1025};
    for (const split of ['train', 'validation'] as const)
      writeFileSync(join(folder, `${split}.bin`), new Uint8Array(new Uint16Array(about[split]).fill(7).buffer));
    writeFileSync(join(folder, 'tokens.json'), JSON.stringify(about));
    return folder;
  }

  test('is found in a folder of the workload as well, and differs by its fingerprint', async () => {
    const folder = prepared();
    const outer = temporaryFolder();
    mkdirSync(join(outer, 'finewebedu_lm'));
    for (const name of readdirSync(folder))
      writeFileSync(join(outer, 'finewebedu_lm', name), readFileSync(join(folder, name)));
    const {train, validation} = await finewebeduLm.loadData(outer);
    expect([train.size, validation.size]).toEqual([3, 2]);
    const other = join(outer, 'finewebedu_lm', 'train.bin');
    const before = await train.fingerprint!();
    writeFileSync(other, readFileSync(other).fill(8, 2050, 2052));
    expect(await train.fingerprint!()).not.toBe(before);
    await train.close!();
    await validation.close!();
  });

  type Damage = [name: string, by: (folder: string) => void, message: string];
  test.each<Damage>([
    [
      'a cut file',
      (folder) => truncateSync(join(folder, 'train.bin'), 100),
      'train.bin: the file is cut: 3080 tokens take 6160 bytes, found 100 bytes; prepare the data again',
    ],
    [
      'a long file',
      (folder) => writeFileSync(join(folder, 'validation.bin'), Buffer.alloc(9000)),
      'validation.bin: the file is too long',
    ],
    [
      'a file without a sequence',
      (folder) => {
        writeFileSync(join(folder, 'validation.bin'), Buffer.alloc(6));
        writeFileSync(join(folder, 'tokens.json'), '{"tokenizer": "gpt2", "train": 3080, "validation": 3}');
      },
      'validation.bin: a sequence of 1025 tokens takes 2050 bytes, found 6 bytes: remove the data and prepare it of more text',
    ],
    ...(['train.bin', 'validation.bin', 'tokens.json'] as const).flatMap((name): Damage[] => [
      [
        `a pipe as ${name}`,
        (folder) => {
          rmSync(join(folder, name));
          execFileSync('mkfifo', [join(folder, name)]);
        },
        name === 'tokens.json' ? 'it is not a file (a folder, pipe or device)' : `${name}: it is a named pipe (FIFO)`,
      ],
    ]),
    [
      'a folder as train.bin',
      (folder) => {
        rmSync(join(folder, 'train.bin'));
        mkdirSync(join(folder, 'train.bin'));
      },
      'train.bin: it is a folder; a data file must be a regular file',
    ],
    ['a missing file', (folder) => rmSync(join(folder, 'validation.bin')), "validation.bin: can't be read"],
    [
      'a missing table',
      (folder) => rmSync(join(folder, 'tokens.json')),
      'tokens.json: there is no such file\n`data prepare` writes it last',
    ],
    [
      'another tokenizer',
      (folder) => writeFileSync(join(folder, 'tokens.json'), '{"tokenizer": "llama"}'),
      'tokenizer must be gpt2, got "llama"',
    ],
    [
      'a count that is none',
      (folder) => writeFileSync(join(folder, 'tokens.json'), '{"tokenizer": "gpt2", "train": 0}'),
      'train must be a number of tokens, got 0',
    ],
  ])('%s is named', async (_, damage, message) => {
    const folder = prepared();
    damage(folder);
    await expect(finewebeduLm.loadData(folder)).rejects.toThrow(message);
  });

  test('a token beyond the vocabulary is named where it is read', async () => {
    const folder = prepared();
    const path = join(folder, 'train.bin');
    const bytes = readFileSync(path);
    bytes.writeUInt16LE(50_257, 2 * 1030);
    writeFileSync(path, bytes);
    const {train, validation} = await finewebeduLm.loadData(folder);
    await expect(train.read(Uint32Array.of(1))).rejects.toThrow(
      `${path}: token 1030 is 50257, but the vocabulary has 50257`,
    );
    await train.close!();
    await validation.close!();
  });

  test('a folder of something else is refused with a way out', async () => {
    await expect(finewebeduLm.loadData(textFolder(3))).rejects.toThrow(
      /no token files in .*\nFound in .*It looks like text: make tokens of it/,
    );
  });
});
