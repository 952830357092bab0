import {createInterface} from 'node:readline';
import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {lineOf, messageReader} from '../../src/link/index.js';

test('a message is one line for every reader', async () => {
  const message = {text: 'a\u2028b\u2029c\nd\re "\\u2028"'};
  const input = new PassThrough();
  input.end(`${lineOf(message)}\n`);
  const lines: string[] = [];
  for await (const line of createInterface({input})) lines.push(line);
  expect(lines.map((line) => JSON.parse(line))).toEqual([message]);
  expect(lineOf(message)).not.toMatch(/[\u2028\u2029\n\r]/);
});

test('a line without the mark of its place is none', () => {
  const read = messageReader('secret');
  for (const line of ['', 'x', '{"a":1}', `${'0'.repeat(64)} {"a":1}`]) expect(read(line)).toBeUndefined();
});
