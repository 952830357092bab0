import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {expect, test, vi} from 'vitest';
import {createInputQueue} from '../../src/data/index.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {WIDTH, writeDecoder, writeRecords} from '../helpers/records.js';

/** Threads run compiled files. */
const {recordSource} = (await import(
  pathToFileURL(join(root, 'dist', 'src', 'index.js')).href
)) as typeof import('../../src/index.js');

/** How much to generate; `RECORDS_MEGABYTES=2048` for data that a machine would notice. */
const MEGABYTES = Number(process.env.RECORDS_MEGABYTES ?? 96);
/** What an epoch may add to the memory of the process: far less than the data. */
const MOST_MEGABYTES = 48;
const BATCH = 128;
/** A record with its frame. */
const RECORD_BYTES = 4 * (WIDTH + 1) + 16;

const residentMegabytes = () => process.memoryUsage().rss / 2 ** 20;

test(`an epoch of ${MEGABYTES} MB of records takes no memory, shows each once, and continues from any place`, async () => {
  const folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', folder);
  const half = Math.floor((MEGABYTES * 2 ** 20) / 2 / BATCH / RECORD_BYTES) * BATCH;
  const source = await recordSource({
    files: writeRecords(folder, [half, half]),
    decoder: writeDecoder(folder),
    options: {classes: 2 ** 24},
    fields: {inputs: {shape: [WIDTH], dtype: 'float32'}, targets: {shape: [], dtype: 'int32'}},
  });
  const batches = (2 * half) / BATCH;
  const options = {source, batchSize: BATCH, key: [0, 3]} as const;
  const queue = createInputQueue(options);
  const seen = new Uint8Array(2 * half);
  const last: Float32Array[] = [];
  let before = 0;
  for (let i = 0; i < batches; i++) {
    const {inputs, targets} = await queue.next();
    for (const number of targets!.data) seen[number]! += 1;
    if (i === Math.floor(batches / 4)) before = residentMegabytes();
    if (i >= batches - 3) last.push(inputs!.data.slice() as Float32Array);
  }
  expect(residentMegabytes() - before).toBeLessThan(MOST_MEGABYTES);
  expect(seen.every((count) => count === 1)).toBe(true);
  const later = createInputQueue({...options, position: batches - 3});
  for (const expected of last) expect((await later.next()).inputs!.data).toEqual(expected);
  await source.close!();
  vi.unstubAllEnvs();
});
