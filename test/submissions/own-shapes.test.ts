import {writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test, vi} from 'vitest';
import {builtInShapes, type CyclePlan} from '../../src/schedules/index.js';
import {
  givenProblems,
  isOwn,
  loadShapes,
  ownShapeFiles,
  ownShapeProblems,
  shapeLabel,
} from '../../src/submissions/cyclic/own-shapes.js';
import {UserError} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';

// The loader's hooks are a file of the built tool.
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<typeof import('../../src/support/index.js')>()),
  importUserModule: (path: string) => import(/* @vite-ignore */ path),
}));

/** Writes a module. @returns its path */
function moduleOf(text: string, name = 'own.mjs'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

/** The makers of a module's shapes. */
async function makersOf(text: string) {
  const file = moduleOf(text);
  const {warmups, decays} = await loadShapes({warmupScheduleFns: [file], decayScheduleFns: [file]});
  return {file, warmup: warmups[file]!, decay: decays[file]!};
}

const OPTIONS = {peak: 2, warmupSteps: 4};
const BOTH = 'export const warmup = ({peak}) => (step) => peak * step; export const decay = ({peak}) => () => peak;';

describe('names of shapes', () => {
  test('that end as a module does are paths', () => {
    for (const end of ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs']) {
      expect(shapeLabel(`../shapes/slow.${end}`)).toBe('slow');
      expect(isOwn({warmup: `a.${end}`, decay: 'cosine'})).toBe(true);
      expect(isOwn({warmup: 'linear', decay: `a.${end}`})).toBe(true);
    }
    for (const name of ['linear', 'a.jsx', 'a.js.txt', 'ajs']) {
      expect(shapeLabel(name)).toBe(name);
      expect(isOwn({warmup: name, decay: name})).toBe(false);
    }
  });

  test('give the files of modules, each once, wherever they are written from', () => {
    const lists = {warmupScheduleFns: ['linear', 'a.ts', '~/b.js'], decayScheduleFns: ['a.ts', 'cosine', '/c.mjs']};
    expect(ownShapeFiles(lists)).toEqual([join(process.cwd(), 'a.ts'), join(homedir(), 'b.js'), '/c.mjs']);
    expect(ownShapeFiles({})).toEqual([]);
  });

  test('of files that are not there are reported where they stand', () => {
    const file = moduleOf(BOTH);
    const lists = {warmupScheduleFns: ['linear', 'gone.ts', file], decayScheduleFns: [file, 'cosine', 'lost.js']};
    expect(ownShapeProblems(lists)).toEqual([
      {path: ['schedule', 'warmup_schedule_fns', 1], message: "there is no file 'gone.ts'"},
      {path: ['schedule', 'decay_schedule_fns', 2], message: "there is no file 'lost.js'"},
    ]);
    expect(ownShapeProblems({})).toEqual([]);
  });
});

describe('what a module exports', () => {
  test('stands beside the built-in shapes', async () => {
    const {file, warmup, decay} = await makersOf(BOTH);
    expect([warmup(OPTIONS as never)(3), decay(OPTIONS as never)(3)]).toEqual([6, 2]);
    const shapes = await loadShapes({warmupScheduleFns: [file, 'linear'], decayScheduleFns: ['cosine']});
    expect(shapes.warmups).toEqual({...builtInShapes.warmups, [file]: expect.any(Function)});
    expect(shapes.decays).toEqual(builtInShapes.decays);
    expect(await loadShapes({})).toEqual(builtInShapes);
  });

  test('gets options that it can not change', async () => {
    const {warmup, file} = await makersOf(
      'export const warmup = (o) => { o.peak = 1; return () => 1; };export const decay = warmup;',
    );
    const options = {...OPTIONS};
    expect(() => warmup(options as never)).toThrow(
      `${file}: warmup({"peak":2,"warmupSteps":4}) failed: TypeError: Cannot assign to read only property`,
    );
    expect(options).toEqual(OPTIONS);
  });

  test.each([
    ['nothing of the kind', 'export const other = 1;', "must export a function 'warmup'"],
    [
      'nothing but a name close to it',
      'export const warmups = 1;',
      "must export a function 'warmup'; it exports 'warmups'",
    ],
    ['a number for a function', 'export const warmup = 1;', "must export a function 'warmup', found 1"],
  ])('is reported where it is %s', async (_, text, message) => {
    const file = moduleOf(text);
    const loading = loadShapes({warmupScheduleFns: [file]});
    await expect(loading).rejects.toThrow(UserError);
    await expect(loading).rejects.toThrow(new UserError(`${file}: ${message}`));
  });

  test('is of the kind that it stands for', async () => {
    const file = moduleOf('export const warmup = () => () => 1;');
    await expect(loadShapes({decayScheduleFns: [file]})).rejects.toThrow("must export a function 'decay'");
    const {warmups, decays} = await loadShapes({warmupScheduleFns: [file]});
    expect([Object.hasOwn(warmups, file), Object.hasOwn(decays, file)]).toEqual([true, false]);
  });

  test('must give a function of the step', async () => {
    const {file, decay} = await makersOf('export const warmup = () => () => 1; export const decay = () => 0.5;');
    expect(() => decay({peak: 1} as never)).toThrow(
      new UserError(`${file}: decay({"peak":1}) must give a function of the step, found 0.5`),
    );
  });

  test.each([
    ['-0.5', '-0.5'],
    ['Infinity', 'Infinity'],
    ['NaN', 'NaN'],
    ['"1"', '"1"'],
  ])('must give a finite number of at least 0, and not %s', async (value, found) => {
    const {file, decay} = await makersOf(
      `export const warmup = () => () => 1; export const decay = () => () => ${value};`,
    );
    expect(() => decay({peak: 1} as never)(7)).toThrow(
      new UserError(`${file}: decay({"peak":1}) must give a finite number of at least 0, found ${found} at its step 7`),
    );
  });

  test('may give 0, and says at which step it fails', async () => {
    const text = 'export const warmup = () => (step) => { if (step > 1) throw new Error("too far"); return 0; };';
    const {file, warmup} = await makersOf(`${text} export const decay = warmup;`);
    const schedule = warmup({peak: 1} as never);
    expect(schedule(1)).toBe(0);
    const failing = () => schedule(2);
    expect(failing).toThrow(`${file}: warmup({"peak":1}) at its step 2 failed: Error: too far`);
    expect(failing).toThrow(expect.objectContaining({cause: expect.objectContaining({message: 'too far'})}));
  });
});

describe("the steps of a run's cycles", () => {
  const plan = (change: Partial<CyclePlan>): CyclePlan => ({
    ...{start: 0, end: 10, steps: 10, peak: 1, warmupSteps: 4, warmup: 'linear', decay: 'cosine'},
    ...change,
  });
  /** A shape that fails from a step of its own on. */
  const failingFrom = (step: number) => `() => (step) => step < ${step} ? 1 : NaN`;
  const found = async (warmupFrom: number, decayFrom: number) => {
    const {file} = await makersOf(
      `export const warmup = ${failingFrom(warmupFrom)}; export const decay = ${failingFrom(decayFrom)};`,
    );
    const shapes = await loadShapes({warmupScheduleFns: [file], decayScheduleFns: [file]});
    return {file, problemsOf: (...plans: CyclePlan[]) => givenProblems(plans, shapes)};
  };

  test('are none of a problem where all are right, or the shape is a built-in one', async () => {
    const {file, problemsOf} = await found(4, 6);
    const second = {start: 10, end: 20};
    expect(problemsOf(plan({warmup: file}), plan({...second, decay: file}), plan({warmup: file, decay: file}))).toEqual(
      [],
    );
    const never = await found(0, 0);
    expect(never.problemsOf(plan({}))).toEqual([]);
    // No step of the run is in the warm-up.
    expect(never.problemsOf(plan({warmup: never.file, warmupSteps: 0}))).toEqual([]);
  });

  test('each have the first mistake of each shape reported, by the step of the run', async () => {
    const {file, problemsOf} = await found(3, 2);
    const second = {start: 10, end: 20, warmupSteps: 5};
    const problems = problemsOf(plan({warmup: file}), plan({...second, warmup: file, decay: file}));
    expect(problems.map(({path}) => path)).toEqual([
      ['schedule', 'warmup_schedule_fns', 0],
      ['schedule', 'warmup_schedule_fns', 1],
      ['schedule', 'decay_schedule_fns', 1],
    ]);
    expect(problems.map(({message}) => message.replace(/\(\{.*\}\)/, '()'))).toEqual([
      `cycle 1, step 3: ${file}: warmup() must give a finite number of at least 0, found NaN at its step 3`,
      `cycle 2, step 13: ${file}: warmup() must give a finite number of at least 0, found NaN at its step 3`,
      `cycle 2, step 17: ${file}: decay() must give a finite number of at least 0, found NaN at its step 2`,
    ]);
  });

  test('are not blamed for the other shape of their cycle, which can not be made', async () => {
    const broken = '() => { throw new Error("no"); }';
    const {file} = await makersOf(`export const warmup = () => () => 1; export const decay = ${broken};`);
    const shapes = await loadShapes({warmupScheduleFns: [file], decayScheduleFns: [file]});
    expect(givenProblems([plan({warmup: file, decay: file})], shapes).map(({path}) => path)).toEqual([
      ['schedule', 'decay_schedule_fns', 0],
    ]);
  });

  test('that fail by a fault that is not the user’s are not reported as if it were', () => {
    const broken = () => {
      throw new TypeError('a fault');
    };
    const shapes = {warmups: {...builtInShapes.warmups, 'a.ts': broken}, decays: builtInShapes.decays};
    expect(() => givenProblems([plan({warmup: 'a.ts'})], shapes as never)).toThrow(TypeError);
  });
});
