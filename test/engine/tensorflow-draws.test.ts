import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {beforeAll, describe, expect, test} from 'vitest';
import {keyFromSeed, normal, openEngine, truncatedNormal} from '../../src/engine/index.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {installedTensorflow} from '../../src/native/installed.js';
import {processors} from '../helpers/addon.js';
import {onTensorflow, withoutOwnOperations} from '../helpers/tensorflow.js';

/** Streams, and how many numbers of each: one, whole blocks and parts, and one more and one less of each. */
const streams = [
  [1, 1],
  [2, 1023],
  [2 ** 40 + 3, 65_537],
  [4, 1_000_000],
] as const;

const kinds = {
  normal: (seed: number, count: number) => normal(keyFromSeed(seed), [count]),
  'cut at two deviations': (seed: number, count: number) => truncatedNormal(keyFromSeed(seed), [count]),
  'of one tail': (seed: number, count: number) => truncatedNormal(keyFromSeed(seed), [count], 3, 6),
};

function drawn(): Record<string, string[]> {
  const digest = (data: ArrayLike<number>): string =>
    createHash('sha256')
      .update(data as Float32Array)
      .digest('hex');
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, draw]) => [kind, streams.map(([seed, count]) => digest(draw(seed, count).data))]),
  );
}

const SCRIPT = `
  const addon = require(process.argv[1]);
  const values = new Float32Array(1e6);
  addon.drawNormals(Uint32Array.of(0, 4), Float64Array.of(-1 + 2 ** -24, 2, -Infinity, Infinity), values);
  process.stdout.write(values);`;

describe.skipIf(!hasOwnAddon())(onTensorflow('numbers of the normal distribution'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test("are the same to the bit by the addon's threads and in JavaScript", () => {
    expect(drawn()).toEqual(withoutOwnOperations(drawn));
  });

  test.each(processors)('are the same by %s', (_, env) => {
    const {stdout, status} = spawnSync(process.execPath, ['-e', SCRIPT, installedTensorflow()!.addon], {
      env: {...process.env, ...env},
      maxBuffer: 1e7,
    });
    expect(status).toBe(0);
    const expected = withoutOwnOperations(() => normal(keyFromSeed(4), [1e6]));
    expect(stdout.equals(Buffer.from((expected.data as Float32Array).buffer))).toBe(true);
  });
});
