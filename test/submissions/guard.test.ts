import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {
  type InitContext,
  type OptimizerState,
  type StepContext,
  type Submission,
  type UpdateContext,
  zeros,
} from '../../src/contract/index.js';
import {guarded} from '../../src/submissions/guard.js';

const context = {evalResults: [], program: {}, key: [0, 1], clock: {}, batch: {}} as unknown as UpdateContext;
const submission: Submission = {
  getBatchSize: () => 1,
  initOptimizerState: () => ({init: {}, entries: {}, save: () => null}),
  updateParams: () => ({}),
  dataSelection: () => ({}),
};
const guardedWith = (change: Partial<Submission>): Submission =>
  guarded({...submission, ...change}, join(import.meta.dirname, 'guard.test.ts'));

describe('what a function of a submission puts off is done when its call is over', () => {
  const steps: string[] = [];
  const defer = (): undefined => {
    steps.length = 0;
    void (async () => {
      for (let i = 0; i < 50; i++) await null;
      steps.push('promise');
    })();
    process.nextTick(() => steps.push('tick'));
    setImmediate(() => steps.push('immediate'));
  };

  test('in a step', async () => {
    await guardedWith({updateParams: defer}).updateParams(context);
    expect(steps.sort()).toEqual(['immediate', 'promise', 'tick']);
  });

  test('before an evaluation', async () => {
    await guardedWith({prepareForEval: defer}).prepareForEval!(context as StepContext);
    expect(steps.sort()).toEqual(['immediate', 'promise', 'tick']);
  });
});

test('what a step gives is values, so that no getter runs after it', async () => {
  let calls = 0;
  const result = {
    loss() {
      return this.learningRate;
    },
    get learningRate() {
      calls++;
      return 0.5;
    },
    get trainingComplete() {
      calls++;
      return true;
    },
  };
  const given = (await guardedWith({updateParams: () => result}).updateParams(context))!;
  const before = calls;
  expect([given.learningRate, given.trainingComplete]).toEqual([0.5, true]);
  expect(calls).toBe(before);
  expect(given.loss!()).toBe(0.5);
  expect(await guardedWith({updateParams: () => undefined}).updateParams(context)).toBeUndefined();
});

const initContext = {workload: {}, config: {}, recorder: {}, key: [0, 1]} as unknown as InitContext;
const OPTIONAL = ['prepareForEval', 'checkConfig', 'userModules', 'checkModules'] as const;

/** Calls each function of a submission, and of the state that it makes. */
const CALLS: {readonly [name: string]: (guarded: Submission) => unknown} = {
  getBatchSize: (each) => each.getBatchSize({} as never, {} as never),
  initOptimizerState: (each) => each.initOptimizerState(initContext),
  updateParams: (each) => each.updateParams(context),
  dataSelection: (each) => each.dataSelection(context as never),
  prepareForEval: (each) => each.prepareForEval!(context as StepContext),
  checkConfig: (each) => each.checkConfig!({} as never, {} as never),
  userModules: (each) => each.userModules!({} as never),
  checkModules: (each) => each.checkModules!({} as never, {} as never),
};

const STATE_CALLS: {readonly [name: string]: (state: OptimizerState) => unknown} = {
  save: (state) => state.save(),
  init: (state) => (state.init as () => unknown)(),
  describe: (state) => state.describe!(3),
  evalParams: (state) => state.evalParams!({}, {}),
};

/** What is thrown or rejected. */
async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

const stateOf = (change: object): Promise<OptimizerState> =>
  Promise.resolve(
    guardedWith({
      initOptimizerState: () => ({init: {}, entries: {}, save: () => null, ...change}) as OptimizerState,
    }).initOptimizerState(initContext),
  );

describe('a function of a submission', () => {
  const throwing = () => {
    throw new Error('of its own');
  };

  test.each(Object.keys(CALLS))('that throws is named with its file: %s', async (name) => {
    const failure = await failureOf(() => CALLS[name]!(guardedWith({[name]: throwing})));
    expect(failure).toMatch(new RegExp(`guard\\.test\\.ts.*: ${name} failed: Error: of its own`));
  });

  test.each(Object.keys(STATE_CALLS))('of its state, that throws, is named with its file: %s', async (name) => {
    const state = await stateOf({[name]: throwing});
    expect(await failureOf(() => STATE_CALLS[name]!(state))).toMatch(
      new RegExp(`guard\\.test\\.ts.*: ${name} failed: Error: of its own`),
    );
  });

  test.each([
    ['initOptimizerState', null, 'initOptimizerState must return'],
    ['updateParams', 5, 'updateParams must return'],
    ['dataSelection', 5, 'dataSelection must give a batch'],
    ['checkConfig', 5, 'checkConfig must return a list of {path, message}, at once'],
    ['userModules', 5, 'userModules must return a list'],
    ['checkModules', 5, 'checkModules must return a list of {path, message};'],
  ])('that gives what it may not is told: %s', async (name, given, words) => {
    expect(await failureOf(() => CALLS[name]!(guardedWith({[name]: () => given})))).toContain(words);
  });

  test.each([
    ['save', () => 1n, 'save() must be plain data'],
    ['init', () => ({a: 5}), 'init()/a of initOptimizerState must be an array'],
    ['describe', () => 5, 'describe must give a string'],
    ['evalParams', () => 5, 'evalParams must give a tree'],
  ])('of its state, that gives what it may not, is told: %s', async (name, inner, words) => {
    const state = await stateOf({[name]: inner});
    expect(await failureOf(() => STATE_CALLS[name]!(state))).toContain(words);
  });

  test.each(['checkConfig', 'userModules'])('may not give a promise: %s', async (name) => {
    expect(await failureOf(() => CALLS[name]!(guardedWith({[name]: async () => []})))).toMatch(/must return .*at once/);
  });

  test.each([
    ['checkModules', []],
    ['initOptimizerState', {init: {}, entries: {}, save: () => null}],
    ['dataSelection', {inputs: {}}],
    ['updateParams', {trainingComplete: true}],
    ['prepareForEval', undefined],
  ])('may give a promise, and is named when that fails: %s', async (name, given) => {
    const wellDone = await CALLS[name]!(guardedWith({[name]: async () => given}));
    expect(Object.keys(Object(wellDone))).toEqual(Object.keys(Object(given)));
    expect(await failureOf(() => CALLS[name]!(guardedWith({[name]: async () => throwing()})))).toContain(
      `: ${name} failed: `,
    );
  });

  test('that a submission has not is not there, and what is no function stays', () => {
    const each = guardedWith({defaults: {a: 1}} as never);
    expect(each).toMatchObject({defaults: {a: 1}});
    for (const name of OPTIONAL) expect(each).not.toHaveProperty(name);
  });
});

describe('what initOptimizerState gives', () => {
  class Kept {
    readonly init = {};
    readonly entries = {};
    saves = 0;
    save() {
      this.saves += 1;
      return {saves: this.saves, left: undefined};
    }
  }
  const made = (own: Kept) =>
    Promise.resolve(guardedWith({initOptimizerState: () => own as never}).initOptimizerState(initContext));

  test("is the submission's own object, whose functions are called as its own", async () => {
    const own = new Kept();
    const state = await made(own);
    expect(state).toBe(own);
    expect([state.save(), state.save()]).toEqual([{saves: 1}, {saves: 2}]);
    expect([own.saves, state.describe, state.evalParams, state.init]).toEqual([2, undefined, undefined, own.init]);
  });

  test('is behind a new one where it is frozen', async () => {
    const own = Object.freeze({init: {}, entries: {}, save: () => 7, more: 'kept'});
    const state = await made(own as never);
    expect(state).not.toBe(own);
    expect([state.save(), (state as unknown as {more: string}).more]).toEqual([7, 'kept']);
  });

  test('has its functions checked and named, and gives what they give', async () => {
    const evaluated = {};
    const state = await stateOf({
      describe: () => 'a note',
      evalParams: () => evaluated,
      init: () => ({made: zeros([1])}),
    });
    expect([state.describe!(3), (state.init as () => unknown)()]).toEqual(['a note', {made: zeros([1])}]);
    expect(state.evalParams!({}, {})).toBe(evaluated);
  });
});

test('a loss is checked where it is asked for, and named', async () => {
  const lossOf = async (loss: () => unknown) =>
    (await guardedWith({updateParams: () => ({loss}) as never}).updateParams(context))!.loss!;
  expect((await lossOf(() => 0.5))()).toBe(0.5);
  const [wrong, failing] = [
    await lossOf(() => 'low'),
    await lossOf(() => {
      throw new Error('of its own');
    }),
  ];
  expect(await failureOf(wrong)).toMatch(/: loss must give a number at once/);
  expect(await failureOf(failing)).toMatch(/guard\.test\.ts.*: loss failed: Error: of its own/);
});

test('arguments are read-only', async () => {
  const given: object[] = [];
  const noting =
    <T>(result: T) =>
    (one: object): T => {
      given.push(one);
      return result;
    };
  const each = guardedWith({
    initOptimizerState: noting({init: {}, entries: {}, save: () => null}),
    updateParams: noting(undefined),
    dataSelection: noting({inputs: {}} as never),
    prepareForEval: noting(undefined),
  });
  for (const name of ['initOptimizerState', 'updateParams', 'dataSelection', 'prepareForEval'])
    await CALLS[name]!(each);
  expect(given.map(Object.isFrozen)).toEqual([true, true, true, true]);
});
