import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkConfig, keyNamed, parsePath, readConfig, withChanges} from '../../src/config/index.js';
import type {Submission} from '../../src/contract/index.js';
import {cyclic} from '../../src/submissions/cyclic/index.js';
import {readSearchSpace} from '../../src/tuning/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {temporaryFolder, writeConfig} from '../helpers/cli.js';

const submission = cyclic as unknown as Submission;

function fileWith(text: string, name = 'space.json'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

/** What is reported of a search space, without the folder. */
function toldOf(text: string, of?: Submission): string[] {
  const file = fileWith(text);
  try {
    readSearchSpace(file, of);
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'space.json').split('\n');
  }
  return [];
}

test('both forms are read, from JSON with its numbers and from YAML', () => {
  const ranges = {learning_rate: {min: 1e-4, max: 1e-2, scaling: 'log'}, dropout_rate: {feasible_points: [0, 0.1]}};
  expect(readSearchSpace(fileWith(JSON.stringify(ranges, null, '\t'))).space).toEqual(ranges);
  const yaml = 'learning_rate: {min: 1e-4, max: 1e-2, scaling: log}\ndropout_rate:\n  feasible_points: [0, 0.1]\n';
  expect(readSearchSpace(fileWith(yaml, 'space.yaml')).space).toEqual(ranges);
  const anchors = `x-rates: &rates {min: 1e-4, max: 1e-2, scaling: log}\n${yaml.replace(/\{.*\}/, '*rates')}`;
  expect(readSearchSpace(fileWith(anchors, 'anchors.yaml')).space).toEqual(ranges);
  const points = [{'schedule.alter_decays': [0, 0.002]}, {'schedule.alter_decays': [0, 0.004]}];
  expect(readSearchSpace(fileWith(JSON.stringify(points))).space).toEqual(points);
});

test('all mistakes are reported at once, by place and path, with near misses', () => {
  expect(
    toldOf(`{
  "learning_rate": {"min": 0.1, "max": 0.01, "scaling": "log"},
  "weight_decay": {"min": 0, "max": 1, "scaling": "log"},
  "beta2": {"min": "a", "max": 1, "scaling": "lgo"},
  "warmup_factor": {"min": 0, "mx": 1},
  "dropout_rate": {"feasible_points": 0.1},
  "label_smoothing": {"feasible_points": [], "scaling": "log"},
  "grad_clip": 1,
  "a-b": {"feasible_points": [1]}
}`),
  ).toEqual([
    'space.json:2:40: learning_rate.max: must be at least min, which is 0.1, found 0.01',
    'space.json:3:27: weight_decay.min: must be above 0 with scaling log, found 0',
    'space.json:4:20: beta2.min: must be a number, found "a"',
    'space.json:4:46: beta2.scaling: must be one of linear, log, found "lgo" (did you mean `log`?)',
    'space.json:5:31: warmup_factor.mx: there is no such key; did you mean `max`?',
    'space.json:5:3: warmup_factor.max: is missing',
    'space.json:5:3: warmup_factor.scaling: is missing',
    'space.json:6:39: dropout_rate.feasible_points: must be a list, found 0.1',
    'space.json:7:46: label_smoothing.scaling: cannot stand beside feasible_points',
    'space.json:7:23: label_smoothing.feasible_points: must have at least one point',
    'space.json:8:16: grad_clip: must be {min, max, scaling} or {feasible_points}, found 1; a fixed value is {feasible_points: [value]}',
    'space.json:9:3: a-b: must be a key of the config, such as learning_rate or schedule.alter_decays',
  ]);
});

test('of a range and of its name all is told at once', () => {
  const text = '{"learning_rat": {"min":1,"max":0}, "beta2": {"min":"a","max":1,"scaling":"exp"}}';
  expect(toldOf(text, submission)).toEqual([
    'space.json:1:2: learning_rat.scaling: is missing',
    'space.json:1:33: learning_rat.max: must be at least min, which is 1, found 0',
    'space.json:1:53: beta2.min: must be a number, found "a"',
    'space.json:1:75: beta2.scaling: must be one of linear, log, found "exp"',
    'space.json:1:2: learning_rat: there is no such key; did you mean `learning_rate`?',
  ]);
  expect(toldOf('{"beta2": {"min": 0, "max": "a", "scaling": "log"}}')).toEqual([
    'space.json:1:29: beta2.max: must be a number, found "a"',
    'space.json:1:19: beta2.min: must be above 0 with scaling log, found 0',
  ]);
});

test.each<[string, string | undefined]>([
  [
    '{"schedule.alter_decay[0]": {"feasible_points": [1]}}',
    'schedule.alter_decay[0]: there is no such key; did you mean `alter_decays`?',
  ],
  ['{"schedul.x": {"feasible_points": [1]}}', 'schedul.x: there is no such key; did you mean `schedule`?'],
  ['[{"beta": 1}, {"beta": 2}]', '[0].beta: there is no such key; did you mean `beta2`?'],
  ['{"schedule.alter_decays[1]": {"feasible_points": [1]}}', undefined],
  ['[{"batch_size": 1, "beta2": 0.9}]', undefined],
])('names are keys of the config: %s', (text, message) => {
  const told = toldOf(text, submission).map((line) => line.replace(/^space\.json:1:\d+: /, ''));
  expect(told).toEqual(message === undefined ? [] : [message]);
});

test('a file that is nested too deeply is not said to be no YAML', () => {
  expect(toldOf(`{"a": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`)).toEqual([
    expect.stringMatching(
      /^space\.json:1:\d+: lists or mappings are nested too deeply to be read; a few levels are enough$/,
    ),
  ]);
});

test.each([
  ['[]', 'must have at least one point'],
  ['{}', 'must have at least one name'],
  ['', 'must be a mapping of names to ranges or feasible points, or a list of points, found nothing'],
  ['3', 'must be a mapping of names to ranges or feasible points, or a list of points, found 3'],
  ['[{}]', '[0]: must have at least one name'],
  ['[1]', '[0]: must be a mapping of names to values, found 1'],
  [
    '{"a": {"min": 1e-300, "max": 1e300, "scaling": "log"}}',
    'a.max: is too many times min for scaling log, found 1e+300',
  ],
  ['{"a": {"min": 1e999, "max": 2, "scaling": "linear"}}', 'a.min: must be a number, found .inf'],
])('refuses %s', (text, message) => {
  const [told] = toldOf(text);
  expect(told).toMatch(/^space\.json:1:\d+: /);
  expect(told!.replace(/^space\.json:1:\d+: /, '')).toBe(message);
});

test.each([
  '{"a": {"min": 1, "max": 1, "scaling": "log"}}',
  '{"a": {"min": 0, "max": 1, "scaling": "linear"}}',
  '{"a": {"min": -2, "max": -1, "scaling": "linear"}}',
  '{"a": {"feasible_points": [null]}}',
  '[{"a": null}]',
])('accepts %s', (text) => {
  expect(toldOf(text)).toEqual([]);
});

test('each mistake is at its own place, by the key or by the value', () => {
  expect(toldOf('[1,\n {"a-b": 2}]')).toEqual([
    'space.json:1:2: [0]: must be a mapping of names to values, found 1',
    'space.json:2:3: [1].a-b: must be a key of the config, such as learning_rate or schedule.alter_decays',
  ]);
  expect(toldOf('{"a": null,\n "b": {"min": true, "max": 1, "scaling": "log", "zzzzzz": 1}}')).toEqual([
    'space.json:1:7: a: must be {min, max, scaling} or {feasible_points}, found nothing; a fixed value is {feasible_points: [value]}',
    'space.json:2:49: b.zzzzzz: there is no such key; there are: min, max, scaling, feasible_points',
    'space.json:2:15: b.min: must be a number, found true',
  ]);
  const {givenBy} = readSearchSpace(fileWith('[{"a": 1},\n {"a": 2}]', 'points.json'));
  expect([givenBy('a', 1), givenBy('a', 2)]).toEqual([
    expect.stringMatching(/points\.json:1:3: a$/),
    expect.stringMatching(/points\.json:2:3: a$/),
  ]);
});

test('the name of a submission that has one stands for it', () => {
  const {space, givenBy} = readSearchSpace('nadamw');
  expect(space).toHaveLength(5);
  expect(givenBy('beta2', 1)).toMatch(/configs\/search-spaces\/nadamw\.json:\d+:\d+: beta2$/);
  expect(() => readSearchSpace('nadmw')).toThrow(
    "--tuning-search-space: there is no file 'nadmw', and no submission's search space of that name; did you mean `nadamw`?",
  );
});

test('points of a list that differ in their names are reported', () => {
  expect(toldOf('[{"a": 1, "beta2": 2},\n {"a": 1, "beta": 2}]')).toEqual([
    'space.json:2:2: [1]: lacks beta2, which the first point has',
    'space.json:2:11: [1].beta: the first point has no such name; did you mean `beta2`?',
  ]);
});

test('what is no JSON, and a file that is not there, are reported', () => {
  expect(toldOf('{"a": [1, }')[0]).toMatch(/^space\.json:1:\d+: not valid YAML: /);
  expect(() => readSearchSpace('/no/such.json')).toThrow('/no/such.json: there is no such file');
});

test.each([
  ['learning_rate', 'hyperparameters.learning_rate'],
  ['batch_size', 'batch_size'],
  ['schedule', 'schedule'],
  ['no_such', 'hyperparameters.no_such'],
  ['schedule.alter_decays[1]', 'schedule.alter_decays[1]'],
])('a name is a key of the config: %s', (name, key) => {
  expect(keyNamed(name, submission)).toBe(key);
});

test('what a config refuses of a point is reported by its place in the search space', async () => {
  const workload = await loadWorkload('mnist');
  const file = fileWith(
    '{\n  "learning_rat": {"feasible_points": [1]},\n  "schedule.alter_decays": {"feasible_points": [[0]]}\n}',
  );
  const {givenBy} = readSearchSpace(file);
  const folder = temporaryFolder();
  const source = readConfig(join(folder, writeConfig(folder)));
  const changes = Object.entries({learning_rat: 1, 'schedule.alter_decays': [0]}).map(([name, value]) => {
    const key = keyNamed(name, submission);
    return {key, givenBy: givenBy(name, 1), path: parsePath(key)!, value};
  });
  const check = () => checkConfig(withChanges(source, changes), submission, workload);
  expect(check).toThrow(`${file}:2:3: learning_rat: there is no such key; did you mean \`learning_rate\`?`);
  expect(check).toThrow(`${file}:3:3: schedule.alter_decays: `);
});
