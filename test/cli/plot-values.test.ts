import {once} from 'node:events';
import {Writable} from 'node:stream';
import {expect, test} from 'vitest';
import {writeValues} from '../../src/cli/plot-values.js';
import {start, temporaryFolder, writeConfig} from '../helpers/cli.js';

/** A stream that fails, as a pipe does that is closed, once it has got so many pieces. */
function pipe(pieces: string[], most: number): Writable {
  const out = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      if (pieces.length === most) return done(Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}));
      pieces.push(text);
      setImmediate(done);
    },
  });
  return out.on('error', () => {});
}

const third = (step: number) => step / 3;

test('writes in pieces of some thousand lines, each made when the last is written', async () => {
  const pieces: string[] = [];
  let furthest = 0;
  const ahead: number[] = [];
  const learningRate = (step: number) => {
    ahead.push(step - 4096 * (pieces.length - 1));
    furthest = step;
    return third(step);
  };
  await writeValues({learningRate, totalSteps: 10_001}, pipe(pieces, 99));
  expect(furthest).toBe(10_000);
  expect(pieces.map((text) => text.split('\n').length - 1)).toEqual([1, 4096, 4096, 1809]);
  expect(Math.max(...ahead)).toBe(4095);
  const all = Array.from({length: 10_001}, (_, step) => `${step},${third(step)}\n`);
  expect(pieces.join('')).toBe(`step,learning_rate\n${all.join('')}`);
});

test('a closed pipe ends it early', async () => {
  const pieces: string[] = [];
  let made = 0;
  const learningRate = () => made++;
  await writeValues({learningRate, totalSteps: 1e9}, pipe(pieces, 2));
  expect([pieces.length, made]).toEqual([2, 2 * 4096]);
});

test('a reader that has had enough ends the tool, which says nothing of it', async () => {
  const folder = temporaryFolder();
  writeConfig(folder);
  const steps = ['--set', 'schedule.budget_steps=4000000'];
  const child = start(folder, ['plot', '--workload', 'mnist', '--config', 'small.yaml', '--values', ...steps]);
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const [first] = (await once(child.stdout!, 'data')) as [Buffer];
  child.stdout!.destroy();
  const [code] = (await once(child, 'exit')) as [number | null];
  expect([code, stderr, first.toString().slice(0, 19)]).toEqual([0, '', 'step,learning_rate\n']);
});
