import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {describe, expect, test, vi} from 'vitest';
import {documentDigest, findTextFiles, readDocuments, splitDocuments} from '../../src/data/index.js';

// Of the real limit, 536,870,888, a test would take seconds.
vi.mock('node:buffer', async (original) => ({
  ...(await original<object>()),
  constants: {MAX_STRING_LENGTH: 1_000_000},
}));

function folderWith(files: {readonly [name: string]: string | Buffer}): string {
  const folder = mkdtempSync(join(tmpdir(), 'text-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), {recursive: true});
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function textsOf(file: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const {bytes} of readDocuments(file)) texts.push(bytes.toString('latin1'));
  return texts;
}

describe('findTextFiles', () => {
  test('finds the files below a folder by name, but for hidden ones', () => {
    const folder = folderWith({'b.txt': '1', 'a/c.md': '2', '.hidden': '3', 'a/.git/d': '4'});
    expect(findTextFiles([folder], '--text')).toEqual([join(folder, 'a/c.md'), join(folder, 'b.txt')]);
    expect(findTextFiles([join(folder, 'b.txt')], '--text')).toEqual([join(folder, 'b.txt')]);
  });

  test('refuses a folder that is not there or has no file', () => {
    const folder = folderWith({'.hidden': ''});
    expect(() => findTextFiles([folder], '--text')).toThrow(
      `--text: there is no file in '${folder}'; name a text, or a folder that has texts`,
    );
    expect(() => findTextFiles([join(folder, 'x')], '--text')).toThrow(
      `--text: there is no file or folder '${folder}/x'`,
    );
    const inFile = join(folder, '.hidden', 'x');
    expect(() => findTextFiles([inFile], '--text')).toThrow(`--text: '${inFile}' can't be read: ENOTDIR`);
  });
});

describe('readDocuments', () => {
  test('a file is one document, byte for byte: CRLF and invalid UTF-8 stay', async () => {
    const bytes = Buffer.from([0x61, 0x0d, 0x0a, 0xff, 0xfe, 0x62]);
    const folder = folderWith({'a.txt': bytes, 'b.txt.gz': gzipSync(bytes), 'c.txt': ''});
    expect(await textsOf(join(folder, 'a.txt'))).toEqual([bytes.toString('latin1')]);
    expect(await textsOf(join(folder, 'b.txt.gz'))).toEqual([bytes.toString('latin1')]);
    expect(await textsOf(join(folder, 'c.txt'))).toEqual([]);
  });

  test('a line of .jsonl is one document; empty lines and texts are none', async () => {
    const long = 'x'.repeat(200_000);
    const lines = ['{"text": "a"}', '', '\r', '{"id": 3, "text": ""}', JSON.stringify({text: long})];
    const folder = folderWith({'a.jsonl': lines.join('\n'), 'b.jsonl.gz': gzipSync(`${lines.join('\r\n')}\n`)});
    expect(await textsOf(join(folder, 'a.jsonl'))).toEqual(['a', long]);
    expect(await textsOf(join(folder, 'b.jsonl.gz'))).toEqual(['a', long]);
  });

  test('packed parts that follow one another are one text; what is cut off from them by zeros is not left out', async () => {
    const [a, b] = ['a', 'b'].map((text) => gzipSync(`${JSON.stringify({text})}\n`)) as [Buffer, Buffer];
    const zeros = Buffer.alloc(600_000);
    const folder = folderWith({
      'a.jsonl.gz': Buffer.concat([a, b]),
      'b.jsonl.gz': Buffer.concat([a, b, zeros]),
      'c.jsonl.gz': Buffer.concat([a, zeros, b]),
      'd.jsonl.gz': Buffer.concat([a, Buffer.from([0, 1])]),
    });
    expect(await textsOf(join(folder, 'a.jsonl.gz'))).toEqual(['a', 'b']);
    expect(await textsOf(join(folder, 'b.jsonl.gz'))).toEqual(['a', 'b']);
    for (const name of ['c.jsonl.gz', 'd.jsonl.gz'])
      await expect(textsOf(join(folder, name))).rejects.toThrow(/after its packed data there is something else/);
  });

  test('a name in capitals and a byte order mark change nothing', async () => {
    const lines = '\ufeff{"text": "a"}\n{"text": "b"}\n';
    const folder = folderWith({'A.JSONL': lines, 'B.JSONL.GZ': gzipSync(lines)});
    for (const name of ['A.JSONL', 'B.JSONL.GZ']) expect(await textsOf(join(folder, name))).toEqual(['a', 'b']);
  });

  test('says which line is none, and which file is no text', async () => {
    const folder = folderWith({
      'a.jsonl': '{"text": "a"}\n{"text": 3}\n',
      'b.jsonl': '{"text": "a"}\n{"text": "b\n',
      'c.txt': Buffer.from('a\0b'),
      'd.jsonl.gz': gzipSync('{"text": "a"}\n'.repeat(99)).subarray(0, 30),
    });
    await expect(textsOf(join(folder, 'a.jsonl'))).rejects.toThrow(
      'a.jsonl:2: an object with a string `text` is needed',
    );
    await expect(textsOf(join(folder, 'b.jsonl'))).rejects.toThrow('b.jsonl:2: this is no JSON');
    await expect(textsOf(join(folder, 'c.txt'))).rejects.toThrow(
      'c.txt: this is no text in UTF-8 or an 8-bit encoding: byte 1 is 0',
    );
    await expect(textsOf(join(folder, 'd.jsonl.gz'))).rejects.toThrow("d.jsonl.gz: can't be read");
    await expect(textsOf(join(folder, 'x.jsonl'))).rejects.toThrow("x.jsonl: can't be read");
  });
});

test('a byte 0 anywhere is no text', async () => {
  const folder = folderWith({'a.txt': Buffer.concat([Buffer.alloc(200_000, 97), Buffer.from([0])])});
  await expect(textsOf(join(folder, 'a.txt'))).rejects.toThrow('byte 200000 is 0');
});

test('a line that is longer than a string can be is refused with the limit', async () => {
  const folder = folderWith({'a.jsonl': '{"text": "a"}\n{"text": "'});
  truncateSync(join(folder, 'a.jsonl'), 1_300_000);
  await expect(textsOf(join(folder, 'a.jsonl'))).rejects.toThrow(
    'a.jsonl:2: a line of a .jsonl may have 1,000,000 bytes at most; divide the document, or write it as a file of its own',
  );
});

test.each(['a.txt', 'a.jsonl', 'a.jsonl.gz'])('%s: a pipe or a folder is refused without waiting', async (name) => {
  const folder = folderWith({});
  execFileSync('mkfifo', [join(folder, name)]);
  mkdirSync(join(folder, `b${name}`));
  await expect(textsOf(join(folder, name))).rejects.toThrow('it is a named pipe (FIFO); a data file must be a regular');
  await expect(textsOf(join(folder, `b${name}`))).rejects.toThrow('it is a folder; a data file must be a regular file');
});

describe('splitDocuments', () => {
  const sizes = Array.from({length: 400}, (_, i) => ({digest: documentDigest(Buffer.from(`${i}`)), bytes: 50 + i}));
  const heldBytes = (split: Uint8Array, of: typeof sizes) =>
    of.reduce((sum, {bytes}, i) => sum + (split[i] ? bytes : 0), 0);

  test('holds out a tenth of the bytes at most, and nearly that, whatever the order', () => {
    const split = splitDocuments(sizes);
    const total = sizes.reduce((sum, {bytes}) => sum + bytes, 0);
    expect(heldBytes(split, sizes)).toBeLessThanOrEqual(total / 10);
    expect(heldBytes(split, sizes)).toBeGreaterThan(total * 0.09);
    expect([...splitDocuments([...sizes].reverse())].reverse()).toEqual([...split]);
  });

  test('documents that are equal are in one split', () => {
    const twice = [...sizes, ...sizes];
    const split = splitDocuments(twice);
    expect(split.slice(400)).toEqual(split.slice(0, 400));
    expect(heldBytes(split, twice)).toBeLessThanOrEqual(heldBytes(new Uint8Array(800).fill(1), twice) / 10);
  });

  test('where none fits into a tenth, the smallest is held out', () => {
    const three = [30, 20, 50].map((bytes, i) => ({digest: i, bytes}));
    expect([...splitDocuments(three)]).toEqual([0, 1, 0]);
    expect(() => splitDocuments([three[0]!, three[0]!])).toThrow('two different documents');
  });
});
