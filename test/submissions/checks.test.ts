import {describe, expect, test} from 'vitest';
import {zeros} from '../../src/contract/index.js';
import {
  initialTensors,
  requireBatch,
  requireEvalParams,
  requireInitialTensors,
  requireJson,
  requireLoss,
  requireModulePaths,
  requireNote,
  requireOptimizerState,
  requireProblemsOf,
  requireUpdateResult,
} from '../../src/submissions/checks.js';
import {checkedDrawing} from '../../src/submissions/drawing.js';
import {checkedRecorder} from '../../src/submissions/recorded.js';
import {SubmissionError, UserError} from '../../src/support/index.js';

/** The message of a refusal; undefined where there is none. */
function refusal(work: () => unknown, kind: typeof SubmissionError | typeof UserError = SubmissionError) {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return (error as Error).message;
  }
}

const save = () => null;
const state = {init: {}, entries: {step: () => {}}, save};
const circle: {[name: string]: unknown} = {a: 1};
circle.self = circle;

describe('an optimizer state', () => {
  test.each([
    ['the least', state],
    ['arrays in branches', {...state, init: {a: {b: zeros([2, 0])}, c: zeros([])}}],
    ['a function for the tensors', {...state, init: () => 3}],
    ['all that may be given', {...state, entries: {}, describe: () => '', evalParams: () => {}, totalSteps: 1}],
  ])('is taken: %s', (_, given) => expect(refusal(() => requireOptimizerState(given))).toBeUndefined());

  const parts = (found: string) =>
    `initOptimizerState must return {init: tree of arrays, entries: functions by name, save: function}, found ${found}`;
  test.each([
    [undefined, parts('undefined')],
    [3, parts('3')],
    [{}, parts('{init: undefined, entries: undefined, save: undefined}')],
    [{...state, init: undefined}, parts('{init: undefined, entries: an object, save: a function}')],
    [{...state, entries: 3}, parts('{init: an object, entries: 3, save: a function}')],
    [{...state, entries: {a: () => {}, b: 1}}, parts('{init: an object, entries: an object, save: a function}')],
    [{...state, save: {}}, parts('{init: an object, entries: an object, save: an object}')],
    [{...state, evalParams: {}}, 'evalParams must be a function that gives parameters, or left out; found an object'],
    [{...state, describe: 'x'}, 'describe must be a function that gives a string, or left out; found "x"'],
    [{...state, totalSteps: 0}, 'totalSteps must be an integer of at least 1, or left out; found 0'],
    [{...state, totalSteps: 1.5}, 'totalSteps must be an integer of at least 1, or left out; found 1.5'],
  ])('is refused: %o', (given, message) => expect(refusal(() => requireOptimizerState(given))).toBe(message));

  const array = zeros([2]);
  const must = (path: string, problem: string) =>
    `${path} of initOptimizerState must be an array {shape, dtype, data} or a plain object of such; ${problem}`;
  test.each([
    [3, must('init/a/b', 'found 3')],
    [null, must('init/a/b', 'found null')],
    [[1], must('init/a/b', 'found a list')],
    [{...array, shape: 2}, must('init/a/b', 'its shape must be a list of integers of at least 0')],
    [{...array, shape: [2, -1]}, must('init/a/b', 'its shape must be a list of integers of at least 0')],
    [{...array, shape: [0.5]}, must('init/a/b', 'its shape must be a list of integers of at least 0')],
    [{...array, dtype: 'float64'}, must('init/a/b', 'its dtype must be one of float32, int32, bool, found "float64"')],
    [{...array, data: [0, 0]}, must('init/a/b', 'its data must be a Float32Array, found a list')],
    [{...array, dtype: 'int32'}, must('init/a/b', 'its data must be a Int32Array, found a Float32Array')],
    [{...array, shape: [2, 3]}, must('init/a/b', 'its shape [2, 3] takes 6 values, found 2')],
    [circle, 'init/a/b/self of initOptimizerState refers back to an object that contains it'],
  ])('names the leaf %o', (leaf, message) => {
    const tree = leaf === circle ? {self: undefined as unknown} : leaf;
    if (leaf === circle) (tree as {self: unknown}).self = tree;
    expect(refusal(() => requireOptimizerState({...state, init: {fine: array, a: {b: tree}}}))).toBe(message);
  });

  test('may have the same branch twice', () => {
    const branch = {a: array};
    expect(refusal(() => requireOptimizerState({...state, init: {one: branch, two: branch}}))).toBeUndefined();
  });

  test('gives its tensors, which are checked where a function makes them', () => {
    expect(initialTensors({init: {a: array}})).toEqual({a: array});
    expect(initialTensors({init: () => ({a: array})})).toEqual({a: array});
    expect(refusal(() => requireInitialTensors({a: 3}))).toBe(must('init()/a', 'found 3'));
  });
});

test.each([
  [3, 'found 3'],
  [null, 'found null'],
  [undefined, 'found undefined'],
  [{}, 'found no field'],
])('%o is not a batch', (given, found) => {
  const message = `dataSelection must give a batch: arrays by field; ${found}`;
  expect(refusal(() => requireBatch(given as never))).toBe(message);
});
test('a batch has an example', () => {
  const [empty, one] = [zeros([0, 2]), zeros([1])];
  const message = 'dataSelection must give a batch of at least one example; found one without any';
  expect(refusal(() => requireBatch({inputs: empty, targets: zeros([0]), scale: zeros([])}))).toBe(message);
  expect(refusal(() => requireBatch({inputs: empty, targets: one}))).toBeUndefined();
});
test('what has a field is a batch', () => expect(refusal(() => requireBatch({a: 1} as never))).toBeUndefined());

const returned = (name: string, allowed: string, found: string) =>
  `what updateParams returns as ${name} must be ${allowed}, found ${found}`;
test.each([
  [undefined, undefined],
  [null, undefined],
  [{}, undefined],
  [{loss: () => 1, learningRate: 0, trainingComplete: false}, undefined],
  [3, 'updateParams must return nothing or {loss, learningRate, trainingComplete}, found 3'],
  [
    (function* () {})(),
    'updateParams must return nothing or {loss, learningRate, trainingComplete}, found a generator',
  ],
  [
    (async function* () {})(),
    'updateParams must return nothing or {loss, learningRate, trainingComplete}, found a generator',
  ],
  [{rate: 1}, 'what updateParams returns: the learning rate is named `learningRate`, found `rate`'],
  [{learningRate: Number.NaN}, returned('learningRate', 'a finite number', 'NaN')],
  [{learningRate: '1'}, returned('learningRate', 'a finite number', '"1"')],
  [{loss: 1}, returned('loss', 'a function that gives a number', '1')],
  [{trainingComplete: 1}, returned('trainingComplete', 'true or false', '1')],
])('updateParams returns %o', (given, message) => {
  expect(refusal(() => requireUpdateResult(given as never))).toBe(message);
});

test.each([
  [() => requireLoss(Number.NaN), undefined],
  [() => requireLoss('1'), 'loss must give a number at once, found "1"'],
  [() => requireNote(''), undefined],
  [() => requireNote(1), 'describe must give a string, found 1'],
  [() => requireModulePaths([]), undefined],
  [() => requireModulePaths(['./a.ts', 'b.js']), undefined],
  [
    () => requireModulePaths('./a.ts'),
    'userModules must return a list of paths of .ts or .js files, at once; found "./a.ts"',
  ],
  [
    () => requireModulePaths(['./a.ts', 'adamw']),
    'userModules must return a list of paths of .ts or .js files, at once; found a list',
  ],
  [() => requireModulePaths([3]), 'userModules must return a list of paths of .ts or .js files, at once; found a list'],
  [() => requireProblemsOf('checkConfig')([]), undefined],
  [() => requireProblemsOf('checkConfig')([{path: ['a', 0], message: 'b'}]), undefined],
  [
    () => requireProblemsOf('checkConfig')({}),
    'checkConfig must return a list of {path, message}, at once; found an object',
  ],
  [
    () => requireProblemsOf('checkConfig')([null]),
    'checkConfig must return a list of {path, message}, at once; found a list',
  ],
  [
    () => requireProblemsOf('checkConfig')([{path: ['a', null], message: 'b'}]),
    'checkConfig must return a list of {path, message}, at once; found a list',
  ],
  [
    () => requireProblemsOf('checkConfig')([{path: 'a', message: 'b'}]),
    'checkConfig must return a list of {path, message}, at once; found a list',
  ],
  [
    () => requireProblemsOf('checkConfig')([{path: [], message: 3}]),
    'checkConfig must return a list of {path, message}, at once; found a list',
  ],
])('what other functions give (%#)', (work, message) => expect(refusal(work)).toBe(message));

test('evaluated parameters have the structure of those that are trained', () => {
  const params = {a: {}, b: {}} as never;
  expect(refusal(() => requireEvalParams(params, params))).toBeUndefined();
  expect(refusal(() => requireEvalParams(3 as never, params))).toBe('evalParams must give a tree of tensors, found 3');
  expect(refusal(() => requireEvalParams({a: {}} as never, params))).toBe(
    "evalParams must give a tree with the parameters' structure: trees differ in structure at '(root)': missing 'b'",
  );
  const failing = new Proxy({}, {ownKeys: () => assertFails()});
  expect(() => requireEvalParams(failing as never, params)).toThrow(RangeError);
  // Not a plain object, as a tensor is none: else it would be a branch.
  const tensor = (shape: number[], dtype = 'float32', isDisposed = false) =>
    Object.assign(Object.create({}), {shape, dtype, isDisposed});
  const refused = (given: unknown) =>
    refusal(() => requireEvalParams({a: {b: given}} as never, {a: {b: tensor([2])}} as never));
  expect(refused(tensor([2]))).toBeUndefined();
  expect(refused(tensor([3]))).toBe("evalParams must give 'a/b' as float32 [2], found float32 [3]");
  expect(refused(tensor([2], 'int32'))).toBe("evalParams must give 'a/b' as float32 [2], found int32 [2]");
  expect(refused(tensor([2], 'float32', true))).toBe(
    "evalParams must give 'a/b' as float32 [2], found a disposed tensor",
  );
  expect(refused(3)).toBe("evalParams must give 'a/b' as float32 [2], found 3");
  expect(refused(null)).toBe("evalParams must give 'a/b' as float32 [2], found null");
});
function assertFails(): never {
  throw new RangeError('another error');
}

const PLAIN =
  'must be plain data: null, true, false, finite numbers, strings, and lists and plain objects of them; found';
test.each([
  [null, undefined],
  [{a: [1, 'b', true, null, {}], c: undefined}, undefined],
  [Object.assign(Object.create(null), {a: 1}), undefined],
  [undefined, `save() ${PLAIN} undefined`],
  [Number.NaN, `save() ${PLAIN} NaN`],
  [{a: [1, Number.POSITIVE_INFINITY]}, `save().a[1] ${PLAIN} Infinity`],
  [[new Date(0)], `save()[0] ${PLAIN} a Date`],
  [{a: () => {}}, `save().a ${PLAIN} a function`],
  [new Array(1), `save()[0] ${PLAIN} undefined`],
  [circle, 'save().self refers back to an object that contains it'],
])('plain data: %o', (value, message) => expect(refusal(() => requireJson(value))).toBe(message));
test('plain data may be there twice', () => {
  const shared = {a: 1};
  expect(refusal(() => requireJson([shared, shared]))).toBeUndefined();
});

describe('a recorder', () => {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    (...given: unknown[]) =>
      void calls.push([name, ...given]);
  const plain = {schedule: () => 7, scalars: note('scalars'), event: note('event'), row: note('row')};
  const reserved = {tables: ['measurements'], scalars: ['score'], events: ['checkpoint']};
  const recorder = checkedRecorder(plain, reserved, './mine.ts');
  // biome-ignore lint/suspicious/noExplicitAny: a user's module may give anything
  const any = recorder as any;
  const NAME = 'a name of letters, digits, `_`, `-` and `.`, at most 100, no `.` or `-` first';
  const COLUMN = 'a name must be a string of 1 to 100 characters on one line';

  test('passes copies on', () => {
    const [values, data] = [{loss: 1}, {a: [1]}];
    recorder.scalars(0, values);
    recorder.event(1, {name: 'a'.repeat(100), message: '', data});
    recorder.event(1, {name: '_b.c-d', message: 'e'});
    recorder.row('t', 2, {'a b': 1, c: 'x'});
    values.loss = 9;
    data.a[0] = 9;
    expect(calls).toEqual([
      ['scalars', 0, {loss: 1}],
      ['event', 1, {name: 'a'.repeat(100), message: '', data: {a: [1]}}],
      ['event', 1, {name: '_b.c-d', message: 'e'}],
      ['row', 't', 2, {'a b': 1, c: 'x'}],
    ]);
    expect(Object.hasOwn((calls[2] as {2: object}[])[2]!, 'data')).toBe(false);
    expect(Object.isFrozen(recorder)).toBe(true);
  });

  test.each([
    ['scalars', [-1, {}], 'recorder.scalars: globalStep must be an integer of at least 0, found -1'],
    ['scalars', [0.5, {}], 'recorder.scalars: globalStep must be an integer of at least 0, found 0.5'],
    ['scalars', [0, 3], 'recorder.scalars: values must be an object of them by name, found 3'],
    ['scalars', [0, null], 'recorder.scalars: values must be an object of them by name, found null'],
    ['scalars', [0, {a: 'x'}], `recorder.scalars: 'a' must be a number, found "x"`],
    ['scalars', [0, {score: 1}], "recorder.scalars: 'score' is the tool's own; choose another name"],
    ['scalars', [0, {'a\nb': 1}], `recorder.scalars: ${COLUMN}, found "a\\nb"`],
    ['scalars', [0, {'': 1}], `recorder.scalars: ${COLUMN}, found ""`],
    ['event', [-1, {name: 'a', message: ''}], 'recorder.event: globalStep must be an integer of at least 0, found -1'],
    ['event', [0, undefined], `recorder.event: name must be ${NAME}, found undefined`],
    ['event', [0, {name: '.a', message: ''}], `recorder.event: name must be ${NAME}, found ".a"`],
    ['event', [0, {name: 'a/b', message: ''}], `recorder.event: name must be ${NAME}, found "a/b"`],
    ['event', [0, {name: '', message: ''}], `recorder.event: name must be ${NAME}, found ""`],
    [
      'event',
      [0, {name: 'CheckPoint', message: ''}],
      "recorder.event: 'CheckPoint' is the tool's own; choose another name",
    ],
    ['event', [0, {name: 'a'}], 'recorder.event: message must be a string, found undefined'],
    ['event', [0, {name: 'a', message: '', data: {b: Number.NaN}}], `recorder.event: data.b ${PLAIN} NaN`],
    ['row', ['t', Number.NaN, {}], 'recorder.row: globalStep must be an integer of at least 0, found NaN'],
    ['row', ['../t', 0, {}], `recorder.row: table must be ${NAME}, found "../t"`],
    ['row', [3, 0, {}], `recorder.row: table must be ${NAME}, found 3`],
    ['row', ['Measurements', 0, {}], "recorder.row: 'Measurements' is the tool's own; choose another name"],
    ['row', ['t', 0, {global_step: 1}], "recorder.row: 'global_step' is the tool's own; choose another name"],
    ['row', ['t', 0, {a: true}], "recorder.row: 'a' must be a number or a string, found true"],
  ])('refuses %s %o', (call, given, message) => expect(refusal(() => any[call](...given))).toBe(message));

  test('refuses names of more than a hundred characters', () => {
    expect(refusal(() => recorder.event(0, {name: 'a'.repeat(101), message: ''}))).toContain('at most 100');
    expect(refusal(() => recorder.scalars(0, {['a'.repeat(101)]: 1}))).toContain('1 to 100 characters');
    expect(refusal(() => recorder.scalars(0, {['a'.repeat(100)]: 1}))).toBeUndefined();
  });

  const drawing = {learningRate: () => 1, totalSteps: 1, cycles: [{start: 0, end: 0, label: ''}], turns: [0]};
  test('gives the number of a schedule', () => {
    expect(recorder.schedule(drawing)).toBe(7);
    const {turns: _, ...withoutTurns} = drawing;
    expect(recorder.schedule(withoutTurns)).toBe(7);
  });

  const cycle = (i: number) =>
    `recorder.schedule: cycles[${i}] must be {start, end, label} with steps start <= end and a string, found an object`;
  test.each([
    [undefined, 'recorder.schedule: learningRate must be a function of the step, found undefined'],
    [{...drawing, learningRate: 1}, 'recorder.schedule: learningRate must be a function of the step, found 1'],
    [{...drawing, rate: 1}, 'recorder.schedule: the learning rate is named `learningRate`, found `rate`'],
    [{...drawing, totalSteps: 0}, 'recorder.schedule: totalSteps must be an integer of at least 1, found 0'],
    [{...drawing, totalSteps: 1.5}, 'recorder.schedule: totalSteps must be an integer of at least 1, found 1.5'],
    [{...drawing, cycles: {}}, 'recorder.schedule: cycles must be a list of {start, end, label}, found an object'],
    [{...drawing, cycles: [...drawing.cycles, {start: 2, end: 1, label: ''}]}, cycle(1)],
    [{...drawing, cycles: [{start: 0.5, end: 1, label: ''}]}, cycle(0)],
    [{...drawing, cycles: [{start: 0, end: 1.5, label: ''}]}, cycle(0)],
    [{...drawing, cycles: [{start: 0, end: 1}]}, cycle(0)],
    [{...drawing, turns: [0, Number.NaN]}, 'recorder.schedule: turns must be a list of steps, found a list'],
    [{...drawing, turns: {}}, 'recorder.schedule: turns must be a list of steps, found an object'],
  ])('refuses the schedule %o', (given, message) => expect(refusal(() => any.schedule(given))).toBe(message));

  test('names whose learning rate is no number, or fails', () => {
    const rateOf = (learningRate: (step: number) => unknown) =>
      checkedDrawing({...drawing, learningRate: learningRate as () => number}, './mine.ts').learningRate;
    expect(rateOf((step) => step / 2)(3)).toBe(1.5);
    expect(refusal(() => rateOf(() => Number.NaN)(3), UserError)).toBe(
      './mine.ts: recorder.schedule: learningRate(3) must be a finite number, found NaN',
    );
    const failing = rateOf(() => {
      throw new Error('oh');
    });
    expect(refusal(() => failing(4), UserError)).toMatch(
      /^\.\/mine\.ts: recorder\.schedule: learningRate\(4\) failed: /,
    );
    const known = new UserError('known');
    const passing = rateOf(() => {
      throw known;
    });
    expect(() => passing(0)).toThrow(known);
  });
});

describe('what a submission gives is read once, into plain data', () => {
  /** An object whose part is right when it is first asked for, and another one after that. */
  const once = <T>(name: string, right: T, then: unknown): {[name: string]: T} => {
    let isRead = false;
    return Object.defineProperty({}, name, {
      enumerable: true,
      get: () => {
        const value = isRead ? then : right;
        isRead = true;
        return value;
      },
    });
  };

  test.each([
    ['a step', () => requireUpdateResult(once('trainingComplete', true, 'no')), {trainingComplete: true}],
    ['a rate', () => requireUpdateResult(once('learningRate', 0.5, {})), {learningRate: 0.5}],
    ['saved data', () => requireJson({a: once('b', 1, () => 2)}), {a: {b: 1}}],
    ['a saved text', () => requireJson(once('toJSON', 'x', () => 'y')), {toJSON: 'x'}],
    [
      'a message',
      () => requireProblemsOf('checkConfig')([Object.assign(once('message', 'm', 3), {path: ['a']})]),
      [{path: ['a'], message: 'm'}],
    ],
  ])('%s', (_, given, expected) => {
    const value = given();
    expect(value).toEqual(expected);
    expect(JSON.stringify(value)).toBe(JSON.stringify(expected));
  });

  test('the values of a table, a scalar and an event', () => {
    const written: unknown[] = [];
    const keep = (...words: unknown[]): number => written.push(words);
    const reserved = {tables: [], scalars: [], events: []};
    const recorder = checkedRecorder({schedule: keep, scalars: keep, event: keep, row: keep}, reserved, 'mine.ts');
    recorder.scalars(1, once('a', 1, 'x'));
    recorder.row('t', 1, once('a', 'x', {}));
    recorder.event(1, {name: 'e', message: 'm', data: once('a', 1, () => 2)});
    const cycles = [Object.assign(once('label', 'x', 3), {start: 0, end: 2})] as never;
    recorder.schedule({learningRate: () => 1, totalSteps: 2, cycles});
    expect(JSON.stringify(written)).toBe(
      '[[1,{"a":1}],["t",1,{"a":"x"}],[1,{"name":"e","message":"m","data":{"a":1}}],[{"totalSteps":2,"cycles":[{"start":0,"end":2,"label":"x"}]}]]',
    );
  });
});
