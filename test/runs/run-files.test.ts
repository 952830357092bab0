import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import {
  changeOf,
  changesSince,
  endRun,
  fileHashes,
  grownFile,
  isResultKept,
  officialBy,
  ownRows,
  readEvents,
  readResult,
  resultChange,
  saveCheckpoint,
  settingHashes,
  sourceHashes,
} from '../../src/runs/index.js';
import {isPremature, textOfResult} from '../../src/runs/result.js';
import {temporaryFolder} from '../helpers/cli.js';
import {stoppedResult} from '../helpers/run-folders.js';

let run = '';
beforeEach(() => {
  run = temporaryFolder();
});

const pathOf = (name: string) => join(run, name);
const read = (name: string) => readFileSync(pathOf(name), 'utf8');
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
function write(files: {readonly [name: string]: string}): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(pathOf(name)), {recursive: true});
    writeFileSync(pathOf(name), text);
  }
}

const SETTINGS = {
  'config.yaml': 'a: 1\n',
  'flags_1.json': '{}',
  'hparams.json': '{"b": 2}',
  'meta_data_0.json': '{"c": 3}',
  'meta_data_10.json': '{"c": 4}',
  'overrides.json': '{}',
};
const GROWING = {
  'eval_measurements.csv': 'global_step,loss\n1,2\n',
  'events.jsonl': '{"event":"start","global_step":0}\n',
};
const OTHERS = {
  LOCK: '',
  'log.jsonl': '{}\n',
  'meta_data_x.json': '',
  'meta_data_0.json.bak': '',
  'old_flags_1.json': '',
  'plots/a.csv': 'a\n',
  'profile_0.json': '{}',
  'result.json': '{}',
};
const hashesOf = (files: {readonly [name: string]: string}) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, hash(text)]));

describe('the hashes of a run', () => {
  test('are of its settings, the facts of its processes, its tables and events, in the order of their names', () => {
    write({...GROWING, ...SETTINGS, ...OTHERS});
    expect(fileHashes(run)).toEqual(hashesOf({...SETTINGS, ...GROWING}));
    expect(Object.keys(fileHashes(run))).toEqual(Object.keys({...SETTINGS, ...GROWING}).sort());
    expect(settingHashes(run)).toEqual(hashesOf(SETTINGS));
  });

  test("are of the user's code, too: what is no file is there, but is nothing", () => {
    expect(sourceHashes(run)).toEqual({});
    write({'source/submission_0/mine.ts': '1', 'source/submission_0/parent/steps.ts': '2'});
    symlinkSync('mine.ts', pathOf('source/submission_0/link.ts'));
    expect(sourceHashes(run)).toEqual({
      [join('source', 'submission_0', 'mine.ts')]: hash('1'),
      [join('source', 'submission_0', 'parent', 'steps.ts')]: hash('2'),
      [join('source', 'submission_0', 'link.ts')]: '',
    });
  });

  test('tell what was done to its files', () => {
    write({...SETTINGS, ...GROWING});
    const expected = fileHashes(run);
    expect(changesSince(run, expected)).toEqual([]);
    rmSync(pathOf('flags_1.json'));
    write({'overrides.json': '{"d": 5}', 'added.csv': 'a\n'});
    expect(changesSince(run, expected)).toEqual([
      'added.csv was added after the run: result.json has no hash of it',
      'flags_1.json is missing: result.json has its hash',
      'overrides.json was changed after the run: its SHA-256 is not that in result.json',
    ]);
    expect(changeOf('a', 'same', 'same')).toBeUndefined();
  });
});

describe('a file that grows', () => {
  test('is its whole lines; of a table without the header and without empty cells at the end of a row', () => {
    write({'t.csv': 'a,b\n1,,2\n3,,\n4,', 'events.jsonl': '{"a":1}\n[],\n{'});
    expect(grownFile(pathOf('t.csv'))).toEqual({lines: 3, sha256: hash('1,,2\n3')});
    expect(grownFile(pathOf('t.csv'), 2)).toEqual({lines: 2, sha256: hash('1,,2')});
    expect(grownFile(pathOf('t.csv'), 3)).toEqual(grownFile(pathOf('t.csv')));
    expect(grownFile(pathOf('t.csv'), 4)).toBeUndefined();
    expect(grownFile(pathOf('events.jsonl'))).toEqual({lines: 2, sha256: hash('{"a":1}\n[],')});
    write({'t.csv': 'a,b,c\n1,,2,\n3,,,\n'});
    expect(grownFile(pathOf('t.csv'))?.sha256).toBe(hash('1,,2\n3'));
  });

  test('is followed as the run writes it, so that what something else writes is known', () => {
    write({...GROWING, 'log.jsonl': '1\n'});
    const own = ownRows(run);
    const ofFiles = () =>
      Object.fromEntries(Object.keys(own.hashes()).map((name) => [name, grownFile(pathOf(name))!.sha256]));
    const append = (name: string, text: string, header = '') => {
      write({[name]: `${existsSync(pathOf(name)) ? read(name) : header}${text}`});
      own.wrote(name, text);
    };
    append('events.jsonl', '{"event":"x","global_step":1}\n');
    append('eval_measurements.csv', '2,1,\n3,0.5,\n');
    append('measurements.csv', '1,7\n', 'global_step,grad_norm\n');
    append('measurements.csv', '2,8\n');
    append('measurements.csv', '');
    expect(Object.keys(own.hashes()).sort()).toEqual(['eval_measurements.csv', 'events.jsonl', 'measurements.csv']);
    expect(own.hashes()).toEqual(ofFiles());
    expect(own.changed()).toEqual([]);
    write({'events.jsonl': read('events.jsonl').replace('"x"', '"y"'), 'log.jsonl': '2\n'});
    rmSync(pathOf('measurements.csv'));
    expect(own.changed().sort()).toEqual(['events.jsonl', 'measurements.csv']);
  });
});

describe('the end of a run', () => {
  function end() {
    vi.useFakeTimers({toFake: ['Date'], now: new Date('2026-11-29T12:00:00Z')});
    onTestFinished(() => void vi.useRealTimers());
    write({...SETTINGS, ...GROWING});
    const leaf = {shape: [], dtype: 'float32', data: Float32Array.of(1)} as const;
    saveCheckpoint(
      run,
      {globalStep: 7, state: {params: {a: leaf}, modelState: {}, optimizer: {}}, metadata: null},
      {keepLast: 1, others: []},
    );
    return endRun(run, stoppedResult);
  }
  const isKept = () => isResultKept(run, readEvents(run).events);

  test('is its result with the hashes of all other files, whose hash its events have', () => {
    const {result, written} = end();
    expect(written).toEqual({file: pathOf('result.json'), text: read('result.json')});
    expect(JSON.parse(written.text)).toEqual(result);
    expect(readResult(run)).toEqual({...result, path: run});
    expect(result).toEqual({
      ...stoppedResult,
      checkpoints: {'step-7.safetensors': expect.stringMatching(/^[0-9a-f]{64}$/)},
      sha256: fileHashes(run),
    });
    expect(readEvents(run).events.at(-1)).toEqual({
      time: '2026-11-29T12:00:00.000Z',
      global_step: 7,
      event: 'result',
      message: 'stopped after 7 steps (it was enough)',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(isKept()).toBe(true);
    expect(resultChange(run, readEvents(run).events)).toBeUndefined();
    expect(changesSince(run, result.sha256!)).toEqual([]);
  });

  test('leaves the events without a result where it can not be written', () => {
    mkdirSync(join(pathOf('result.json'), 'in the way'), {recursive: true});
    expect(end).toThrow('result.json');
    expect(read('events.jsonl')).toBe(GROWING['events.jsonl']);
    rmSync(pathOf('result.json'), {recursive: true});
    endRun(run, stoppedResult);
    expect(isKept()).toBe(true);
  });

  test('can not be changed without the events', () => {
    const {result} = end();
    for (const change of [
      {globalStep: 6},
      {timeToTarget: {globalStep: 1, seconds: 2}},
      {checkpoints: {}},
      {sha256: {...result.sha256, 'config.yaml': hash('')}},
    ]) {
      write({'result.json': textOfResult({...result, ...change})});
      expect(isKept(), JSON.stringify(change)).toBe(false);
      expect(resultChange(run, readEvents(run).events)).toBe(
        'result.json was changed after the run: its SHA-256 is not that in events.jsonl',
      );
    }
  });

  test.each<[string, (text: string) => string]>([
    ['other white space', (text) => JSON.stringify(JSON.parse(text))],
    ['a doubled key', (text) => text.replace('{', '{"globalStep": 6,')],
    ['a number in another form', (text) => text.replace('"globalStep": 7', '"globalStep": 7.0')],
    ['zero with an exponent', (text) => text.replace('"overshootSeconds": 0', '"overshootSeconds": 0e0')],
    ['a letter by its code', (text) => text.replace('"metric"', '"\\u006detric"')],
    ['a mark of byte order', (text) => `\uFEFF${text}`],
    ['no JSON', () => 'none'],
  ])('can not be spelled otherwise: %s', (_, spelled) => {
    const {written} = end();
    const text = spelled(written.text);
    expect(text).not.toBe(written.text);
    write({'result.json': text});
    expect(isKept()).toBe(false);
  });

  test('is the last one where it was resumed; where the events have none, nothing is said', () => {
    end();
    rmSync(pathOf('result.json'));
    endRun(run, {...stoppedResult, globalStep: 9});
    expect(isKept()).toBe(true);
    rmSync(pathOf('result.json'));
    expect(isKept()).toBe(false);
    expect(resultChange(run, readEvents(run).events)).toBe('result.json is missing: events.jsonl has its SHA-256');
    write({...GROWING, 'result.json': '{}'});
    expect(isKept()).toBeUndefined();
    expect(resultChange(run, readEvents(run).events)).toBeUndefined();
  });

  test('has not come while its lock is there', () => {
    end();
    expect(isPremature(run)).toBe(false);
    write({LOCK: ''});
    expect(isPremature(run)).toBe(true);
    expect(readResult(run)).toBeUndefined();
    rmSync(pathOf('result.json'));
    expect(isPremature(run)).toBe(false);
  });
});

test('whether a run is official is decided by the reasons against it, each once; a failure is one', () => {
  expect(officialBy([])).toEqual({official: true, notOfficialBecause: []});
  expect(officialBy(['a', 'a'], 'stopped')).toEqual({official: false, notOfficialBecause: ['a']});
  expect(officialBy([], 'target_reached')).toEqual({official: true, notOfficialBecause: []});
  expect(officialBy(['a'], 'failed')).toEqual({official: false, notOfficialBecause: ['a', 'the run failed']});
});
