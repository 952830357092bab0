import type {ChildProcess} from 'node:child_process';
import {hash, randomBytes} from 'node:crypto';
import {readSync, writeSync} from 'node:fs';
import {createInterface, type Interface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';

/** Of a process that another one of the tool started: its task comes by this pipe, which ends when the other process does. */
export const LIFELINE = 3;
/** And by this one it sends its messages. */
export const MESSAGES = 4;

/**
 * Gives a process its task, with a new key for its messages, and takes these.
 * @returns the lines that it writes, which end when nobody can write there any more
 */
export function hearProcess<T>(
  {stdio}: Pick<ChildProcess, 'stdio'>,
  task: object,
  take: (message: T) => void,
): Interface {
  const key = randomBytes(32).toString('hex');
  giveTask(stdio[LIFELINE] as Writable, {...task, key});
  const read = messageReader<T>(key);
  return createInterface({input: stdio[MESSAGES] as Readable}).on('line', (line) => {
    const message = read(line);
    if (message) take(message);
  });
}

function giveTask(lifeline: Writable, task: object): void {
  const text = Buffer.from(JSON.stringify(task));
  lifeline.on('error', () => {});
  lifeline.write(`${text.length}\n`);
  lifeline.write(text);
}

/** The task of this process. Call it once, before anything else reads the lifeline. @throws Error if nobody gave one */
export function takeTask<T>(): T {
  let length = '';
  for (let digit = read(1).toString(); digit !== '\n'; digit = read(1).toString()) length += digit;
  return JSON.parse(read(Number(length)).toString()) as T;
}

function read(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const count = readSync(LIFELINE, bytes, done, length - done, null);
    if (count === 0) throw new Error('there is no process that gives this one its task');
    done += count;
  }
  return bytes;
}

/** Sends messages that {@link messageReader} takes. @param key - a secret of the two processes */
export function messageSender(key: string): (message: object) => void {
  let sent = 0;
  return (message) => {
    const text = lineOf(message);
    // A line break first, since other code may have written part of a line there.
    write(Buffer.from(`\n${markOf(key, sent, text)} ${text}\n`));
    sent++;
  };
}

function write(bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(MESSAGES, bytes, done);
}

/** A message as one line, also for readers to whom U+2028 and U+2029 end one. */
export function lineOf(message: object): string {
  return JSON.stringify(message).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);
}

/** @returns a function that reads a line: the next message, or undefined if it is not from the tool's own code */
export function messageReader<T>(key: string): (line: string) => T | undefined {
  let received = 0;
  return (line) => {
    const text = line.slice(line.indexOf(' ') + 1);
    if (line !== `${markOf(key, received, text)} ${text}`) return undefined;
    received++;
    return JSON.parse(text) as T;
  };
}

/** Only code with the key can mark a text, and a marked text counts only in its place: it cannot be replayed. */
function markOf(key: string, place: number, text: string): string {
  return hash('sha256', key + hash('sha256', `${key} ${place} ${text}`));
}
