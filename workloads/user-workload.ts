import {existsSync, realpathSync} from 'node:fs';
import {resolve} from 'node:path';
import {z} from 'zod';
import {pathText, problemsOfIssues} from '../src/config/index.js';
import {leavesOf, parameterTypes, type Tree, type Workload} from '../src/contract/index.js';
import {closestName, describeValue, importUserModule, UserError} from '../src/support/index.js';
import {guardedWorkload} from './guard.js';

const func = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function');
const tree = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be a tree');
const counted = z.int().min(1);

/** Columns of evaluations that the tool adds to each split's metrics. */
const OWN_COLUMNS: readonly string[] = ['num_examples'];

/** What a workload consists of. Its data and its functions' results are looked at when they are used. */
const schema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be of lower-case letters, digits, - and _'),
  summary: z.string(),
  target: z.strictObject({
    metric: z.string(),
    validation: z.number(),
    test: z.number().optional(),
    inclusive: z.boolean().optional(),
  }),
  budget: z.strictObject({stepHint: counted, seconds: z.number().gt(0), evalEverySeconds: z.number().gt(0)}),
  examples: z.strictObject({train: counted, evalTrain: counted, validation: counted, test: counted.optional()}),
  dataSha256: z.string().optional(),
  batchSize: counted,
  evalBatchSize: counted,
  multiplyAdds: z.number().gt(0).optional(),
  matMulMultiplyAdds: z.number().min(0).optional(),
  hasDropout: z.boolean(),
  metrics: z
    .record(z.string(), z.enum(['maximize', 'minimize']))
    .refine((metrics) => Object.keys(metrics).length > 0, 'must have at least one metric'),
  lossMetric: z.string(),
  loadData: func,
  download: tree.optional(),
  prepareData: func.optional(),
  loadSampling: func.optional(),
  dataHelp: z.string().optional(),
  paramTypes: tree,
  initModel: func,
  modelFn: func,
  lossFn: func,
  evaluation: z.strictObject({
    entries: z.record(z.string(), func),
    decoder: z.strictObject({emptyCache: func, entries: z.record(z.string(), func)}).optional(),
    metrics: z.array(z.looseObject({name: z.string(), start: func, add: func, finish: func})),
    evaluateBatch: func.optional(),
  }),
});

/**
 * A user's own workload: the export `workload` of a .ts or .js file.
 * @param givenBy - what names it, for messages
 * @throws UserError if there is no such file, it can't be loaded, or what it exports is not a workload: all mistakes at once
 */
export async function loadUserWorkload(file: string, givenBy: string): Promise<Workload> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UserError(`${givenBy}: there is no file '${file}'`);
  const module = await importUserModule(path, file);
  return guardedWorkload(exportOf(module, file), {file, path: realpathSync(file)});
}

/**
 * A workload that a program gives as a value.
 * @throws UserError if it is none: all mistakes at once
 */
export function checkedWorkload(workload: Workload): Workload {
  const {name} = Object(workload) as Partial<Workload>;
  const file = typeof name === 'string' ? `workload '${name}'` : undefined;
  const valid = checked(workload, file);
  return guardedWorkload(valid, {file: `workload '${valid.name}'`, path: ''});
}

function exportOf(module: {readonly [name: string]: unknown}, file: string): Workload {
  const {workload} = module;
  if (typeof workload !== 'object' || workload === null) {
    const close = closestName('workload', Object.keys(module));
    const found =
      workload === undefined ? (close ? `; it exports '${close}'` : '') : `, found ${describeValue(workload)}`;
    throw new UserError(`${file}: must export an object 'workload'${found}`);
  }
  return checked(workload, file);
}

/** @param file - what its problems are of, where they need to say so */
function checked(workload: object, file?: string): Workload {
  const {error} = schema.safeParse(workload);
  const problems = error
    ? problemsOfIssues(error.issues, schema, workload).map(
        ({path, message}) => `${pathText(['workload', ...path])}: ${message}`,
      )
    : disagreements(workload as Workload);
  if (problems.length > 0)
    throw new UserError(problems.map((problem) => (file ? `${file}: ${problem}` : problem)).join('\n'));
  return workload as Workload;
}

/** What the parts of a workload say otherwise than others. */
function disagreements({metrics, lossMetric, target, examples, paramTypes, evaluation}: Workload): string[] {
  const names = Object.keys(metrics);
  const unknown = (key: string, name: string): string[] =>
    names.includes(name) ? [] : [`workload.${key}: must be one of the metrics ${names.join(', ')}, found '${name}'`];
  const computed = evaluation.metrics.map(({name}) => name);
  const entries = Object.keys(evaluation.entries);
  return [
    ...unknownTypes(paramTypes),
    ...names.flatMap(problemsOfName),
    ...unknown('lossMetric', lossMetric),
    ...unknown('target.metric', target.metric),
    ...(target.test !== undefined && examples.test === undefined
      ? ['workload.target.test: there is no test split, as examples.test says; leave it out']
      : []),
    ...([...computed].sort().join() === [...names].sort().join()
      ? []
      : [
          `workload.evaluation.metrics: must compute each of ${names.join(', ')} once, found ${computed.join(', ') || 'none'}`,
        ]),
    ...(entries.length === 1 || evaluation.evaluateBatch
      ? []
      : [
          `workload.evaluation.entries: must be one, or evaluateBatch must say how they are run; found ${entries.length}`,
        ]),
  ];
}

/** In tables a metric is the column `split/name`. */
function problemsOfName(name: string): string[] {
  const at = `workload.metrics: '${name}'`;
  if (OWN_COLUMNS.includes(name))
    return [`${at} is a column that evaluations have anyway; give the metric another name`];
  if (/^[A-Za-z][\w.-]*$/.test(name)) return [];
  return [`${at} must be a name of letters, digits, _, - and ., that begins with a letter`];
}

function unknownTypes(paramTypes: Tree<string>): string[] {
  return leavesOf<string>(paramTypes).flatMap(({path, value}) => {
    if ((parameterTypes as readonly string[]).includes(value)) return [];
    const close = typeof value === 'string' ? closestName(value, parameterTypes) : undefined;
    const hint = close ? `; did you mean '${close}'?` : '';
    return [
      `workload.paramTypes.${path.replaceAll('/', '.')}: must be one of ${parameterTypes.join(', ')}, found ${describeValue(value)}${hint}`,
    ];
  });
}
