import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {parse, stringify} from 'yaml';
import type {Json} from '../../src/contract/index.js';
import {checkpointSteps, readSafetensors, writeSafetensors} from '../../src/runs/index.js';
import {train} from '../../src/training/index.js';
import {checkHashes} from '../../src/verification/check-hashes.js';
import {readRecorded} from '../../src/verification/recorded-run.js';
import {SMALL, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** A finished run, of which each test changes one field after the other. */
const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-fields-'));
let run: string;

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  const {path} = await train({
    workload: 'mnist',
    config: join(folder, writeConfig(folder, SMALL)),
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    dataDir: join(folder, 'data'),
    backend: testBackend,
    set: ['checkpoints.keep=best'],
    maxGlobalSteps: 15,
  });
  run = path;
  expect(objections()).toEqual([]);
});
afterAll(() => rmSync(folder, {recursive: true}));

/** What of a run's files is found to be wrong without its code or data. */
function objections(): string[] {
  try {
    const findings = checkHashes(readRecorded(run), []);
    return findings.filter(({outcome}) => outcome === 'failed').map(({message}) => message);
  } catch (error) {
    return [(error as Error).message];
  }
}

type Path = readonly string[];

/** The paths of all values that have none in them, and of all that have. */
function pathsIn(value: Json, above: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [above];
  return [above, ...Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...above, key]))];
}

/** Another value of the same kind. */
function other(value: Json | undefined): Json {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}0`;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [...value, 'more'];
  return value === null ? 0 : {...Object(value), more: 1};
}

function changed(value: Json, [key, ...rest]: Path): Json {
  if (key === undefined) return other(value);
  const copy = Array.isArray(value) ? [...value] : {...Object(value)};
  copy[key] = changed(copy[key], rest);
  return copy;
}

function without(value: Json, [key, ...rest]: Path): Json {
  if (rest.length > 0) return {...Object(value), [key!]: without(Object(value)[key!], rest)};
  return Object.fromEntries(Object.entries(Object(value)).filter(([name]) => name !== key)) as Json;
}

/** The fields that can be changed with no objection. */
function unnoticed(read: () => Json, write: (value: Json) => void): string[] {
  const whole = read();
  const paths = pathsIn(whole);
  expect(paths.length).toBeGreaterThan(1);
  return paths.flatMap((path) =>
    [changed, without].flatMap((change) => {
      if (change === without && path.length === 0) return [];
      write(change(whole, path));
      return objections().length === 0 ? [`${path.join('.')} ${change.name}`] : [];
    }),
  );
}

test.each(['result.json', 'meta_data_0.json', 'flags_0.json', 'hparams.json', 'overrides.json', 'config.yaml'])(
  'no field of %s can be changed, added or taken away unnoticed',
  (name) => {
    const file = join(run, name);
    const text = readFileSync(file, 'utf8');
    const isYaml = name.endsWith('.yaml');
    const write = (value: Json) => writeFileSync(file, isYaml ? stringify(value) : JSON.stringify(value));
    expect(unnoticed(() => (isYaml ? parse(text) : JSON.parse(text)), write)).toEqual([]);
    writeFileSync(file, text);
    expect(objections()).toEqual([]);
  },
);

test('no field that a checkpoint keeps can be changed unnoticed, nor a number of its state, with a right checksum', () => {
  const file = join(run, 'checkpoints', `step-${checkpointSteps(run).at(-1)}.safetensors`);
  cpSync(file, `${file}.kept`);
  const {tensors, metadata} = readSafetensors(file);
  const saved = (value: Json) => writeSafetensors(file, {tensors, metadata: {...metadata, run: JSON.stringify(value)}});
  expect(unnoticed(() => JSON.parse(metadata.run!), saved)).toEqual([]);
  for (const {array} of tensors) {
    const before = array.data[0]!;
    array.data[0] = before + 1;
    writeSafetensors(file, {tensors, metadata});
    array.data[0] = before;
    expect(objections()).toHaveLength(1);
  }
  cpSync(`${file}.kept`, file);
  expect(objections()).toEqual([]);
});

test.each<[string, (text: string) => string]>([
  ['result.json', (text) => JSON.stringify(JSON.parse(text))],
  ['result.json', (text) => text.replace('"globalStep": 15', '"globalStep": 15.0')],
  ['result.json', (text) => text.replace('{', '{"globalStep": 14,')],
  ['meta_data_0.json', (text) => text.replace('{', '{"rng_seed": 1,')],
  ['flags_0.json', (text) => text.replace('"workload"', '"\\u0077orkload"')],
  ['hparams.json', (text) => text.replace('0.002', '2e-3')],
  ['overrides.json', (text) => `${text} `],
  ['events.jsonl', (text) => text.replace('"global_step":15', '"global_step":15.0')],
  ['config.yaml', (text) => `# ${text}`],
])("%s can't be written otherwise unnoticed, with the same content (%#)", (name, spelled) => {
  const file = join(run, name);
  const text = readFileSync(file, 'utf8');
  const changed = spelled(text);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  expect(objections()).not.toEqual([]);
  writeFileSync(file, text);
  expect(objections()).toEqual([]);
});

test('the header of a checkpoint is written in one way', () => {
  const file = join(run, 'checkpoints', `step-${checkpointSteps(run).at(-1)}.safetensors`);
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const spelled = Buffer.concat([bytes.subarray(8, 8 + length), Buffer.alloc(8, ' ')]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(spelled.length));
  writeFileSync(`${file}.spelled`, Buffer.concat([size, spelled, bytes.subarray(8 + length)]));
  expect(() => readSafetensors(`${file}.spelled`)).toThrow('its header is not written as the tool writes it');
  expect(() => readSafetensors(file)).not.toThrow();
});

test('a result that was taken away is missed', () => {
  const file = join(run, 'result.json');
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  expect(objections()).toEqual(['result.json is missing: events.jsonl has its SHA-256']);
  writeFileSync(file, text);
  expect(objections()).toEqual([]);
});
