import {existsSync} from 'node:fs';
import {basename, resolve} from 'node:path';
import type {ConfigProblem} from '../../contract/index.js';
import {builtInShapes, type CyclePlan, type Schedule, type Shapes, scheduleOf} from '../../schedules/index.js';
import {closestName, describeValue, expandHome, importUserModule, thrownText, UserError} from '../../support/index.js';

/**
 * Warm-ups and decays of the user's own: a config names a module's path where it names one of the built-in ones. A module exports
 * `warmup` or `decay`, or both, which are called as the built-in makers are, with numbers (`{peak, warmupSteps}`,
 * `{peak, cycleSteps, warmupSteps}`), and give a function of the step: 0 is the warm-up's first step, or the decay's.
 */

/** The end of a path, and of no name. */
export const OWN_SHAPE = /\.[cm]?[jt]s$/;

type Named = Pick<CyclePlan, 'warmup' | 'decay'>;

/** The names in a config's lists. */
interface Lists {
  readonly warmupScheduleFns?: readonly string[];
  readonly decayScheduleFns?: readonly string[];
}

/** A shape as it is written above a cycle: a module by its file's name. */
export function shapeLabel(name: string): string {
  return OWN_SHAPE.test(name) ? basename(name).replace(OWN_SHAPE, '') : name;
}

/** Whether a cycle has a shape of which nothing is known but its values. */
export function isOwn({warmup, decay}: Named): boolean {
  return OWN_SHAPE.test(warmup) || OWN_SHAPE.test(decay);
}

/** Where the modules lie that a config names, each once. */
export function ownShapeFiles({warmupScheduleFns = [], decayScheduleFns = []}: Lists): string[] {
  return [...new Set([...warmupScheduleFns, ...decayScheduleFns].filter((name) => OWN_SHAPE.test(name)))].map(pathOf);
}

function pathOf(name: string): string {
  return resolve(expandHome(name));
}

/** Modules that are not there. */
export function ownShapeProblems({warmupScheduleFns = [], decayScheduleFns = []}: Lists): ConfigProblem[] {
  const lists = {warmup_schedule_fns: warmupScheduleFns, decay_schedule_fns: decayScheduleFns};
  return Object.entries(lists).flatMap(([list, names]) =>
    names.flatMap((name, i) => {
      if (!OWN_SHAPE.test(name) || existsSync(pathOf(name))) return [];
      return [{path: ['schedule', list, i], message: `there is no file '${name}'`}];
    }),
  );
}

/**
 * The built-in shapes, and those of the modules that a config names, which check what they give.
 * @throws UserError if a module can't be loaded, or does not export what it is named for
 */
export async function loadShapes({warmupScheduleFns = [], decayScheduleFns = []}: Lists): Promise<Shapes> {
  return {
    warmups: {...builtInShapes.warmups, ...(await loadMakers(warmupScheduleFns, 'warmup'))},
    decays: {...builtInShapes.decays, ...(await loadMakers(decayScheduleFns, 'decay'))},
  };
}

type Maker = (options: object) => Schedule;

async function loadMakers(names: readonly string[], kind: keyof Named): Promise<{[name: string]: Maker}> {
  const own = [...new Set(names)].filter((name) => OWN_SHAPE.test(name));
  return Object.fromEntries(await Promise.all(own.map(async (name) => [name, await loadMaker(name, kind)])));
}

async function loadMaker(file: string, kind: keyof Named): Promise<Maker> {
  const module = await importUserModule(pathOf(file), file);
  const maker = module[kind];
  if (typeof maker !== 'function') {
    const close = closestName(kind, Object.keys(module));
    const found = maker === undefined ? (close ? `; it exports '${close}'` : '') : `, found ${describeValue(maker)}`;
    throw new UserError(`${file}: must export a function '${kind}'${found}`);
  }
  return (options) => checkedSchedule(maker as (options: object) => unknown, options, {file, kind});
}

interface Origin {
  readonly file: string;
  readonly kind: keyof Named;
}

/** @throws UserError naming the file, with the user's lines of the stack, if making it fails, and so does each of its steps */
function checkedSchedule(maker: (options: object) => unknown, options: object, {file, kind}: Origin): Schedule {
  const described = `${file}: ${kind}(${JSON.stringify(options)})`;
  const schedule = attempted(described, () => maker(Object.freeze({...options})));
  if (typeof schedule !== 'function')
    throw new UserError(`${described} must give a function of the step, found ${describeValue(schedule)}`);
  return (step) => {
    const value = attempted(`${described} at its step ${step}`, () => schedule(step));
    if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new UserError(
      `${described} must give a finite number of at least 0, found ${describeValue(value)} at its step ${step}`,
    );
  };
}

function attempted<T>(described: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new UserError(`${described} failed: ${thrownText(cause)}`, {cause});
  }
}

/**
 * Asks the shapes of the user's own for their value at each step of each cycle, so that what is wrong there is described before
 * anything is made.
 * @returns of each of them the first mistake in each of its cycles
 */
export function givenProblems(plans: readonly CyclePlan[], shapes: Shapes): ConfigProblem[] {
  return plans.flatMap((plan, cycle) =>
    Object.entries(LISTS).flatMap(([kind, list]) => {
      const message = mistakeIn(plan, kind as keyof Named, shapes);
      return message === undefined
        ? []
        : [{path: ['schedule', list, cycle], message: `cycle ${cycle + 1}, ${message}`}];
    }),
  );
}

const LISTS = {warmup: 'warmup_schedule_fns', decay: 'decay_schedule_fns'} as const;

/** What takes the place of the cycle's other shape where that is the user's, too. */
const PLAIN = {warmup: {decay: 'constant'}, decay: {warmup: 'linear'}} as const;

/** The first mistake of one shape of a cycle, with the step of the run; undefined: there is none, or it is a built-in one. */
function mistakeIn(plan: CyclePlan, kind: keyof Named, shapes: Shapes): string | undefined {
  if (!OWN_SHAPE.test(plan[kind])) return undefined;
  const isBoth = OWN_SHAPE.test(plan.warmup) && OWN_SHAPE.test(plan.decay);
  const steps = plan.end - plan.start;
  const [from, to] = kind === 'warmup' ? [0, plan.warmupSteps] : [plan.warmupSteps, steps];
  let step = from;
  try {
    const schedule = scheduleOf([isBoth ? {...plan, ...PLAIN[kind]} : plan], shapes);
    for (; step < to; step++) schedule(step);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `step ${plan.start + step}: ${error.message}`;
  }
}
