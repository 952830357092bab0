// Uses the built package as another package would: by its name, and nothing else of it.
import {closeRuntime, listRuns, loadConfig, loadWorkload, openRuntime, score, train, UserError, z} from 'algoperf-ts';

const [config, submission] = process.argv.slice(2);
const events = [];
const watcher = {event: ({name}) => events.push(name)};
const common = {workload: 'mnist', config, dataDir: 'data', backend: 'wasm', watcher};

const {loaded, batchSize} = await loadConfig(common).then(({config: resolved}) => ({
  loaded: resolved,
  batchSize: resolved.batchSize,
}));
const whole = await train({...common, experimentName: 'whole', rngSeed: 7});
const part = await train({...common, experimentName: 'part', rngSeed: 7, maxGlobalSteps: 20});
const rest = await train({...common, experimentName: 'part', resume: true});
const again = await train({...common, experimentName: 'part', resume: true});

const workload = await loadWorkload('mnist');
const runtime = await openRuntime({workload, backend: 'wasm', dataDir: 'data'}, batchSize);
const trials = [];
for (const trial of [1, 2])
  trials.push(
    await train({
      ...common,
      workload,
      runtime,
      experimentName: 'study',
      study: 1,
      trial,
      rngSeed: 7,
      maxGlobalSteps: 10,
    }),
  );
await closeRuntime(runtime);
const mine = await train({...common, submission, config: 'empty.yaml', experimentName: 'mine', rngSeed: 7});

const controller = new AbortController();
const stopping = {event: ({name}) => name === 'evaluation' && controller.abort()};
const stopped = await train({
  ...common,
  experimentName: 'stopped',
  rngSeed: 7,
  watcher: stopping,
  signal: controller.signal,
});

const refusals = [];
for (const wrong of [
  {...common, workload: 'mnits'},
  {...common, config: 'nowhere.yaml'},
  {...common, set: ['hyperparameters.learning_rate=much']},
  {...common, experimentName: 'whole'},
  {...common, experimentName: 'part', resume: true, set: ['batch_size=3']},
  {...common, resume: true},
  {...common, experimentName: 'whole', overwrite: true, resume: true},
  {...common, backend: 'cuda'},
  {...common, rngSeed: 1.5},
  {...common, maxGlobalSteps: 0},
  {...common, maxRuntime: -1},
  {...common, dataDir: 'nowhere'},
])
  refusals.push(await train(wrong).then(String, (error) => [error instanceof UserError, error.name, error.message]));

const summary = ({result, path, globalStep, ending, wasComplete}) => ({result, path, globalStep, ending, wasComplete});
const runs = [whole, part, rest, again, ...trials, mine, stopped].map(summary);
const list = await listRuns();
const scored = await score({by: 'steps', include: ['study', 'whole']});
process.stdout.write(
  JSON.stringify({runs, events, refusals, list, scored, loaded, hasZod: z.number().safeParse(1).success}),
);
