import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {type HostBatch, type Key, type Source, type Workload, zeros} from '../../src/contract/index.js';
import {createInputQueue, type RecordSourceOptions} from '../../src/data/index.js';
import {classifierLoss, classifierSums, dense} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {tfRecord} from '../../src/support/index.js';
import {numbersOf, root, temporaryFolder} from '../helpers/cli.js';
import {record, writeDecoder, writeRecords} from '../helpers/records.js';
import {runInProcess} from '../helpers/run-in-process.js';

/** Threads run compiled files. */
const {packedRecordSource, recordSource, threadSource} = (await import(
  pathToFileURL(join(root, 'dist', 'src', 'index.js')).href
)) as typeof import('../../src/index.js');

const WIDTH = 7;
const CLASSES = 10;

let folder = '';
const opened: Source[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const source of opened.splice(0)) await source.close?.();
});

async function open(files: readonly string[], more: Partial<RecordSourceOptions> = {}): Promise<Source> {
  const source = await recordSource({
    files,
    decoder: writeDecoder(folder),
    options: {classes: CLASSES},
    fields: {inputs: {shape: [WIDTH], dtype: 'float32'}, targets: {shape: [], dtype: 'int32'}},
    ...more,
  });
  opened.push(source);
  return source;
}

/** What the record of a number becomes. */
const inputsOf = (n: number) => [...new Float32Array(new Uint8Array(record(n, WIDTH)).buffer).subarray(1)];
const values = ({inputs, targets}: HostBatch) => ({inputs: [...inputs!.data], targets: [...targets!.data]});
const expected = (...numbers: number[]) => ({
  inputs: numbers.flatMap(inputsOf),
  targets: numbers.map((n) => n % CLASSES),
});

describe('recordSource', () => {
  test('reads records of several files by number, in any order', async () => {
    const source = await open(writeRecords(folder, [5, 1, 6], WIDTH));
    expect(source.size).toBe(12);
    const batch = await source.read(Uint32Array.of(11, 0, 5, 4, 6, 0));
    expect(batch.inputs).toMatchObject({shape: [6, WIDTH], dtype: 'float32'});
    expect(batch.targets).toMatchObject({shape: [6], dtype: 'int32'});
    expect(values(batch)).toEqual(expected(11, 0, 5, 4, 6, 0));
  });

  test('finds heads wherever they stand in what is read at once', async () => {
    // Heads that are cut by the end of a stretch of 65,536 bytes, and a record longer than that.
    const file = join(folder, 'mixed.tfrecord');
    const lengths = [65_500, 8, 65_488, 200_000, 4, 65_516];
    const records = lengths.map((length, n) => Buffer.concat([record(n, 0), Buffer.alloc(length - 4)]));
    writeFileSync(file, Buffer.concat(records.map(tfRecord)));
    const source = await open([file], {
      fields: {inputs: {shape: [50_000], dtype: 'float32'}, targets: {shape: [], dtype: 'int32'}},
    });
    expect(source.size).toBe(6);
    expect([...(await source.read(Uint32Array.of(5, 4, 3, 2, 1, 0))).targets!.data]).toEqual([5, 4, 3, 2, 1, 0]);
  });

  test.each([1, 3])(
    'in %d threads batches are the same whether the queue continues or begins at their place',
    async (threads) => {
      const source = await open(writeRecords(folder, [40, 23], WIDTH), {threads, isRandom: true});
      const options = {source, batchSize: 8, key: [0, 9] as Key};
      const whole = createInputQueue(options);
      const batches: ReturnType<typeof values>[] = [];
      for (let i = 0; i < 20; i++) batches.push(values(await whole.next()));
      const later = createInputQueue({...options, position: 13});
      for (let i = 13; i < 20; i++) expect(values(await later.next())).toEqual(batches[i]);
      // The key is each example's own.
      expect(new Set(batches.flatMap(({inputs}) => inputs.filter((_, i) => i % WIDTH === 0))).size).toBe(160);
    },
  );

  test('uses the memory of a batch again that is needed no more', async () => {
    const source = await open(writeRecords(folder, [9], WIDTH));
    const first = await source.read(Uint32Array.of(1, 2));
    const {data} = first.inputs!;
    const second = await source.read(Uint32Array.of(3, 4), undefined, first);
    expect(data.length).toBe(0);
    expect(values(second)).toEqual(expected(3, 4));
    expect(values(await source.read(Uint32Array.of(5), undefined, second))).toEqual(expected(5));
  });

  test('where the records stand is found out once, as long as the file stays as it is', async () => {
    const files = writeRecords(folder, [9], WIDTH);
    // Whole seconds, which can be set again exactly.
    const time = new Date(1_700_000_000_000);
    utimesSync(files[0]!, time, time);
    await open(files);
    expect(readdirSync(join(folder, 'cache', 'algoperf-ts', 'record-indexes')).length).toBe(1);
    // The first head is damaged, which only going through the file again would show.
    const {size} = statSync(files[0]!);
    const whole = readFileSync(files[0]!);
    writeFileSync(files[0]!, Buffer.concat([Buffer.alloc(1, 77), whole.subarray(1)]));
    utimesSync(files[0]!, time, time);
    expect(statSync(files[0]!).size).toBe(size);
    const source = await open(files);
    expect(values(await source.read(Uint32Array.of(8)))).toEqual(expected(8));
    utimesSync(files[0]!, time, new Date(time.getTime() + 5000));
    await expect(open(files)).rejects.toThrow('byte 0 should begin a TFRecord, but its checksum is wrong');
    writeFileSync(files[0]!, Buffer.concat([whole, tfRecord(record(9, WIDTH))]));
    expect((await open(files)).size).toBe(10);
  });

  test('a kept index that is damaged, and a cache that cannot be, do no harm', async () => {
    const files = writeRecords(folder, [9], WIDTH);
    await open(files);
    const kept = join(folder, 'cache', 'algoperf-ts', 'record-indexes');
    const [name] = readdirSync(kept);
    writeFileSync(join(kept, name!), readFileSync(join(kept, name!)).subarray(0, -16));
    expect((await open(files)).size).toBe(9);
    writeFileSync(join(folder, 'no-folder'), '');
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'no-folder'));
    expect((await open(files)).size).toBe(9);
  });

  test('its fingerprint tells other records apart', async () => {
    const [a, b, c] = [[9], [9], [4, 5]].map((counts, i) => writeRecords(join(folder, `${i}`), counts, WIDTH));
    const of = async (files: string[]) => (await open(files)).fingerprint!();
    const first = await of(a!);
    expect(await of(b!)).toBe(first);
    expect(await of(c!)).not.toBe(first);
    const [other, ...rest] = Array.from({length: 9}, (_, n) => tfRecord(record(n === 0 ? 99 : n, WIDTH)));
    writeFileSync(b![0]!, Buffer.concat([other!, ...rest]));
    expect(await of(b!)).not.toBe(first);
  });

  test.each<[string, (whole: Buffer) => Buffer, string]>([
    ['cut within a record', (whole) => whole.subarray(0, -1), 'the file is cut within record 8'],
    ['cut within a head', (whole) => whole.subarray(0, 8 * 48 + 5), 'the file is cut within record 8'],
    ['of another form', () => Buffer.from('{"this": "is no TFRecord"}'), 'byte 0 should begin a TFRecord'],
  ])('a file %s is named', async (_, change, message) => {
    const files = writeRecords(folder, [9], WIDTH);
    writeFileSync(files[0]!, change(readFileSync(files[0]!)));
    await expect(open(files)).rejects.toThrow(`${files[0]}: ${message}`);
    await expect(open([join(folder, 'nowhere')])).rejects.toThrow(`${join(folder, 'nowhere')}: can't be read`);
  });

  test('a pipe and a folder are refused without waiting', async () => {
    const [pipe, inner] = [join(folder, 'pipe'), join(folder, 'inner')];
    execFileSync('mkfifo', [pipe]);
    mkdirSync(inner);
    await expect(open([pipe])).rejects.toThrow(`${pipe}: it is a named pipe (FIFO)`);
    await expect(open([inner])).rejects.toThrow(`${inner}: it is a folder; a data file must be a regular file`);
  });

  test('a file without a record, and no file at all', async () => {
    writeFileSync(join(folder, 'empty'), '');
    await expect(open([])).rejects.toThrow('no file: there is no record');
    await expect(open([join(folder, 'empty')])).rejects.toThrow(`${join(folder, 'empty')}: there is no record`);
  });

  test('a record that the decoder refuses is named where its batch is drawn', async () => {
    const file = join(folder, 'odd.tfrecord');
    writeFileSync(file, Buffer.concat([tfRecord(record(0, WIDTH)), tfRecord(Buffer.alloc(5))]));
    const source = await open([file]);
    await expect(source.read(Uint32Array.of(0, 1))).rejects.toThrow(`${file}: record 1 can't be used: it has 5 bytes`);
    expect(values(await source.read(Uint32Array.of(0)))).toEqual(expected(0));
  });

  test('a record with a flipped bit is named where its batch is drawn, and by the fingerprint', async () => {
    const [file] = writeRecords(folder, [9], WIDTH);
    const content = readFileSync(file!);
    // A record and its frame take 16 + 32 bytes; the value in the middle of record 3.
    content[3 * 48 + 30]! ^= 16;
    writeFileSync(file!, content);
    const source = await open([file!]);
    const message = `${file}: record 3 can't be used: its checksum is wrong`;
    await expect(source.read(Uint32Array.of(2, 3))).rejects.toThrow(message);
    expect(values(await source.read(Uint32Array.of(2, 4)))).toEqual(expected(2, 4));
    expect(() => source.fingerprint!()).toThrow(message);
  });

  test('a file with another number of records than it must have is named', async () => {
    const files = writeRecords(folder, [4, 3], WIDTH);
    await expect(open(files, {counts: [4, 5]})).rejects.toThrow(`${files[1]}: must have 5 records, found 3`);
    expect((await open(files, {counts: [4, 3]})).size).toBe(7);
  });

  test('examples have the order that is asked for', async () => {
    const readingOrder = (counts: readonly number[]) => Uint32Array.of(6, counts[0]!, 0, 1, 2, 3, 5);
    const source = await open(writeRecords(folder, [4, 3], WIDTH), {readingOrder});
    expect(values(await source.read(Uint32Array.of(0, 1, 2, 6)))).toEqual(expected(6, 4, 0, 5));
  });

  test('a decoder that lacks its export, or is nowhere, is named', async () => {
    const files = writeRecords(folder, [2], WIDTH);
    const empty = join(folder, 'empty.js');
    writeFileSync(empty, 'export const createdecoder = 1;\n');
    const source = await open(files, {decoder: pathToFileURL(empty)});
    await expect(source.read(Uint32Array.of(0))).rejects.toThrow(`${empty}: must export a function 'createDecoder'`);
    const lost = await open(files, {decoder: pathToFileURL(join(folder, 'lost.ts'))});
    await expect(lost.read(Uint32Array.of(0))).rejects.toThrow(/lost\.ts: can't be loaded/);
  });

  test('nothing is read after it is closed', async () => {
    const source = await open(writeRecords(folder, [2], WIDTH));
    const pending = source.read(Uint32Array.of(0));
    await source.close!();
    await expect(pending).rejects.toThrow('the source is closed');
    await expect(source.read(Uint32Array.of(0))).rejects.toThrow('the source is closed');
  });
});

test('a thread that has ended fails what it should have read, and what comes after', async () => {
  const reader = join(folder, 'ending.js');
  writeFileSync(reader, 'export const createReader = () => () => process.exit();\n');
  const source = threadSource({size: 2, fields: {x: {shape: [], dtype: 'int32'}}, reader: pathToFileURL(reader)});
  opened.push(source);
  for (let i = 0; i < 2; i++)
    await expect(source.read(Uint32Array.of(0))).rejects.toThrow('the thread that reads examples has ended');
});

test('a reader and a decoder that are async are refused', async () => {
  const [reader, decoder] = [join(folder, 'later.js'), join(folder, 'later-decoder.js')];
  writeFileSync(reader, 'export const createReader = () => async (row, {x}) => { await 0; x[0] = row; };\n');
  writeFileSync(decoder, 'export const createDecoder = () => async (record, {x}) => { await 0; x[0] = 1; };\n');
  const fields = {x: {shape: [], dtype: 'int32'}} as const;
  const sources = [
    threadSource({size: 2, fields, reader: pathToFileURL(reader)}),
    await recordSource({files: writeRecords(folder, [2]), decoder: pathToFileURL(decoder), fields}),
  ];
  opened.push(...sources);
  for (const source of sources)
    await expect(source.read(Uint32Array.of(0))).rejects.toThrow('must not be async: its values have to be there');
});

test('what a batch decoder does with a record must not be async', async () => {
  const decoder = join(folder, 'later-batch.js');
  writeFileSync(
    decoder,
    'export const createBatchDecoder = () => ({read}, {x}) => read(0, async () => { await 0; x[0] = 1; });\n',
  );
  const forms = {x: {shape: [1], dtype: 'int32'}} as const;
  const source = await packedRecordSource({
    files: writeRecords(folder, [2]),
    decoder: pathToFileURL(decoder),
    numbers: {kind: 'sizes', width: 1, of: () => [1]},
    packing: () => ({most: 1, take: () => 1, forms}),
    largest: () => ({row: 0, leastBatchSize: 1, text: 'one'}),
  });
  opened.push(source);
  await expect(source.read(Uint32Array.of(0))).rejects.toThrow('must not be async: its values have to be there');
});

test("a reader that puts another array in a field's place is refused: its values would be lost", async () => {
  const reader = join(folder, 'replacing.mjs');
  writeFileSync(reader, 'export const createReader = () => (row, example) => { example.x = Int32Array.of(row); };\n');
  const source = threadSource({size: 2, fields: {x: {shape: [], dtype: 'int32'}}, reader: pathToFileURL(reader)});
  opened.push(source);
  await expect(source.read(Uint32Array.of(0))).rejects.toThrow("Cannot assign to read only property 'x'");
});

test('what a thread has read before it ended is given', async () => {
  const reader = join(folder, 'ending-later.js');
  writeFileSync(
    reader,
    'export const createReader = () => (row, {x}) => { if (row === 9) process.exit(); x[0] = row; };\n',
  );
  const fields = {x: {shape: [], dtype: 'int32'}} as const;
  const source = threadSource({size: 10, fields, reader: pathToFileURL(reader)});
  opened.push(source);
  const asked = [3, 4, 9, 5].map((row) => source.read(Uint32Array.of(row)));
  const settled = await Promise.allSettled(asked);
  expect(settled.map(({status}) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
});

test('a source is closed while batches are read', () => {
  const reader = join(folder, 'quick.js');
  writeFileSync(reader, 'export const createReader = () => () => {};\n');
  const script = join(folder, 'close.mjs');
  writeFileSync(
    script,
    `const {createInputQueue, threadSource} = await import('${pathToFileURL(join(root, 'dist', 'src', 'index.js')).href}');
for (let i = 0; i < 12; i++) {
  const fields = {x: {shape: [2], dtype: 'float32'}};
  const source = threadSource({size: 100, fields, reader: new URL('${pathToFileURL(reader).href}')});
  const queue = createInputQueue({source, batchSize: 4, key: [1, 2]});
  for (let j = 0; j < 31; j++) await queue.next();
  await source.close();
}
console.log('closed');
`,
  );
  const {stdout, status} = spawnSync(process.execPath, [script], {encoding: 'utf8'});
  expect({stdout, status}).toEqual({stdout: 'closed\n', status: 0});
});

test('threadSource gives what its reader makes; what that leaves is 0', async () => {
  const reader = join(folder, 'reader.js');
  writeFileSync(reader, 'export const createReader = ({add}) => (row, {x}) => { if (row !== 2) x[1] = row + add; };\n');
  const source = threadSource({
    size: 2 ** 33,
    fields: {x: {shape: [2], dtype: 'int32'}},
    reader: pathToFileURL(reader),
    options: {add: 10},
  });
  opened.push(source);
  const first = await source.read(Float64Array.of(1, 3));
  expect([...first.x!.data]).toEqual([0, 11, 0, 13]);
  const second = await source.read(Uint32Array.of(2, 5), undefined, first);
  expect([...second.x!.data]).toEqual([0, 0, 0, 15]);
  expect(() => threadSource({size: 0, fields: {}, reader: pathToFileURL(reader)})).toThrow(RangeError);
});

test('what a thread has read is there at the next read, without a turn of the event loop', async () => {
  const reader = join(folder, 'counting.js');
  writeFileSync(
    reader,
    'export const createReader = ({begun}) => () => { Atomics.add(begun, 0, 1); Atomics.notify(begun, 0); };\n',
  );
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const fields = {x: {shape: [], dtype: 'int32'}} as const;
  const source = threadSource({size: 4, fields, reader: pathToFileURL(reader), options: {begun}});
  opened.push(source);
  await source.read(Uint32Array.of(0));
  const [first] = [1, 2].map((row) => source.read(Uint32Array.of(row)));
  // The first one's reply goes off before the second one is begun.
  while (begun[0]! < 3) Atomics.wait(begun, 0, begun[0]!);
  const last = source.read(Uint32Array.of(3));
  const microtasks = async () => {
    for (let i = 0; i < 100; i++) await null;
    return 'not there';
  };
  expect(await Promise.race([Promise.resolve(first).then(() => 'there'), microtasks()])).toBe('there');
  await last;
});

/** A linear classifier of records in files. */
function recordWorkload(files: readonly string[], width: number): Workload {
  const load = () =>
    open(files, {fields: {inputs: {shape: [width], dtype: 'float32'}, targets: {shape: [], dtype: 'int32'}}});
  return {
    name: 'records',
    summary: 'a linear classifier',
    target: {metric: 'accuracy', validation: 0.9},
    budget: {stepHint: 100, seconds: 60, evalEverySeconds: 10},
    examples: {train: 600, evalTrain: 30, validation: 600},
    batchSize: 16,
    evalBatchSize: 64,
    hasDropout: false,
    metrics: {accuracy: 'maximize', loss: 'minimize'},
    lossMetric: 'loss',
    loadData: async () => ({train: await load(), validation: await load(), source: folder}),
    paramTypes: {kernel: 'weight', bias: 'bias'},
    initModel: () => ({params: {kernel: zeros([width, CLASSES]), bias: zeros([CLASSES])}, modelState: {}}),
    modelFn: (params, {inputs}, modelState) => ({logits: dense(params as never, inputs!), modelState}),
    lossFn: classifierLoss as never,
    evaluation: {
      entries: {sums: ({params}, {batch}) => classifierSums(dense(params as never, batch.inputs), batch)},
      metrics: [mean('accuracy'), mean('loss')],
    },
  };
}

describe('a workload of records', () => {
  const config = `evaluation: {every_steps: 20, stop_at_target: false}
hyperparameters: {optimizer: adamw, learning_rate: 0.05, one_minus_beta1: 0.1, beta2: 0.99, weight_decay: 0, warmup_factor: 0.2}
schedule: {budget_steps: 60, warmup_schedule_fns: [linear], decay_schedule_fns: [cosine], alter_decays: [0], alter_warmups: [0]}
reset: {method: none, alpha: 0.5}
`;

  test('resumed, the same batches and losses as in one go', async () => {
    const workload = recordWorkload(writeRecords(join(folder, 'data'), [350, 250], WIDTH), WIDTH);
    const [whole, parts] = [temporaryFolder(), temporaryFolder()];
    const {path} = await runInProcess({folder: whole, config, workload});
    for (const maxGlobalSteps of [7, 45]) {
      await runInProcess({folder: parts, config, workload, maxGlobalSteps, resume: maxGlobalSteps > 7});
    }
    const resumed = await runInProcess({folder: parts, config, workload, resume: true});
    for (const table of ['eval_measurements.csv', 'measurements.csv'])
      expect(numbersOf(join(resumed.path, table)), table).toEqual(numbersOf(join(path, table)));
    expect(resumed.result).toMatchObject({globalStep: 60});
  });
});
