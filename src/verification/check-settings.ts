import {basename} from 'node:path';
import {parse} from 'yaml';
import type {Dataset, Json} from '../contract/index.js';
import {countsOf} from '../data/index.js';
import {
  differingKeys,
  FILES,
  flatEntries,
  officialBy,
  readMapping,
  reasonsSoFar,
  workloadFacts,
} from '../runs/index.js';
import {isModulePath} from '../support/index.js';
import {type RunOptions, type Runtime, reasonsNotOfficial} from '../training/index.js';
import {differs, type Finding, passedUnless, problemsIn, unchecked} from './findings.js';
import {withKeptModules} from './load-recorded.js';
import type {RecordedRun} from './recorded-run.js';

/** Whether the config is whole, what stands of it in other files is the same, and the run was begun once with one seed. */
export function checkSettings(run: RecordedRun, {loaded}: Pick<RunOptions, 'loaded'>): Finding[] {
  const config = readMapping(run.path, FILES.config) ?? {};
  const hparams = readMapping(run.path, FILES.hparams) ?? {};
  const problems = [
    ...differingKeys([withKeptModules(run, config), parse(loaded.resolved)]).map(
      ({key}) => `${FILES.config}: ${key} is not as the tool writes it`,
    ),
    ...differingKeys([hparams, config.hyperparameters ?? {}]).map(
      ({key}) => `${FILES.hparams} and ${FILES.config} differ in ${key}`,
    ),
    ...overrideProblems(run, config),
    ...seedProblems(run),
  ];
  return passedUnless('settings', problems, 'the config is whole, and the same in all files');
}

/** A run has one seed: the one that it was given, if it was given one. */
function seedProblems({meta, flags}: RecordedRun): string[] {
  const [{rng_seed: seed, tuning_rng_seed: tuningSeed}] = meta as [RecordedRun['meta'][number]];
  const given = flags.map(({rngSeed}) => rngSeed);
  return problemsIn([
    ...meta.map((each, process) => differs(`meta_data_${process}.json: rng_seed`, each.rng_seed, seed)),
    // The seed of a study is not that of its trials.
    ...given.map((each, process) =>
      each === undefined || tuningSeed !== undefined
        ? undefined
        : differs(`flags_${process}.json: rngSeed`, each, seed),
    ),
  ]);
}

/** What `--set` changed is what the config has. */
function overrideProblems({path}: RecordedRun, config: {readonly [key: string]: Json}): string[] {
  const flat = new Map(flatEntries(config));
  const overrides = [...flatEntries(readMapping(path, FILES.overrides) ?? {})];
  return problemsIn(
    overrides
      .filter(([key]) => flat.has(key))
      .map(([key, value]) => differs(`${FILES.config}: ${key}`, withoutFolders(flat.get(key)!), withoutFolders(value))),
  );
}

/** The user's own modules lie elsewhere than when the run was made. */
function withoutFolders(value: Json): Json {
  if (typeof value === 'string') return isModulePath(value) ? basename(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutFolders);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutFolders(each)]));
}

/** Whether the targets, the budget and the example counts that the run names are the workload's own. */
export function checkTargets(
  {meta}: RecordedRun,
  {workload}: Pick<RunOptions, 'workload'>,
  dataset: Dataset,
): Finding[] {
  const facts = Object.entries(workloadFacts(workload, countsOf(dataset)));
  const problems = meta.flatMap((each, process) =>
    problemsIn(facts.map(([key, value]) => differs(`meta_data_${process}.json: ${key}`, each[key], value))),
  );
  return passedUnless('targets', problems, "the targets and the budget are the workload's");
}

/** Whether the data is what every process of the run had. */
export function checkData({meta}: RecordedRun, dataSha256: string): Finding[] {
  const hashes = meta.map(({data_sha256: hash}) => hash);
  if (hashes.some((hash) => hash === undefined))
    return [unchecked('data', 'a process of the run left no hash of its data')];
  const problems = hashes.map((hash, process) => differs(`meta_data_${process}.json: data_sha256`, hash, dataSha256));
  return passedUnless('data', problemsIn(problems), 'the data has the hash that the run recorded');
}

/** Whether the run says all that makes its time not official. */
export function checkReasons(
  run: RecordedRun,
  options: RunOptions,
  data: Pick<Runtime, 'dataset' | 'dataSha256'>,
): Finding[] {
  const {result, meta, path} = run;
  const said = reasonsSoFar(path);
  const expected = [...new Set([...said, ...reasonsNotOfficial(options, data)])];
  const problems = [
    ...expected.filter((reason) => !said.includes(reason)).map((reason) => `no meta_data_N.json says that ${reason}`),
    ...meta.flatMap(({official, not_official_because: because}, process) =>
      problemsIn([differs(`meta_data_${process}.json: official`, official, JSON.stringify(because) === '[]')]),
    ),
    ...(result
      ? [
          ...said
            .filter((reason) => !result.notOfficialBecause.includes(reason))
            .map((reason) => `${FILES.result} lacks the reason: ${reason}`),
          ...problemsIn([
            differs(
              `${FILES.result}: official`,
              result.official,
              officialBy(result.notOfficialBecause, result.status).official,
            ),
          ]),
        ]
      : []),
  ];
  return passedUnless('settings', problems, 'what makes the time not official is said');
}
