import {describe, expect, test} from 'vitest';
import {type PoolOptions, type PoolRun, type PoolWorker, type RunEnd, runPool} from '../../src/sweep/index.js';

const runOf = (name: string, processKey = 'mnist 16'): PoolRun => ({
  order: {name, experiment: `s/${name}`, workload: 'mnist', workloadName: 'mnist', overrides: [], seed: 0},
  processKey,
});

/** Workers whose runs end as a script says, one after the other; `done` notes which process did what. */
function scripted(ends: {[name: string]: RunEnd[]}, more: Partial<PoolOptions> = {}) {
  const done: string[] = [];
  const said: string[] = [];
  let processes = 0;
  const stop = new AbortController();
  const startWorker = (): PoolWorker => {
    const process = ++processes;
    let interrupt = (): void => {};
    return {
      async run({name}) {
        done.push(`${process}:${name}`);
        if (name === 'endless') {
          await new Promise<void>((resolve) => {
            interrupt = resolve;
          });
          return 'interrupted';
        }
        await new Promise((resolve) => setImmediate(resolve));
        return ends[name]?.shift() ?? 'complete';
      },
      stop: () => interrupt(),
      end: async () => void done.push(`${process} ends`),
    };
  };
  const options: PoolOptions = {
    jobs: 1,
    retries: 0,
    failFast: false,
    isInOrder: false,
    isRenewed: false,
    signal: stop.signal,
    watcher: {
      begun: () => {},
      ended: ({order}, end, isAgain) =>
        said.push(`${order.name} ${typeof end === 'string' ? end : 'failed'}${isAgain ? ', again' : ''}`),
    },
    startWorker,
    look: 1,
    ...more,
  };
  const run = async (runs: PoolRun[]) => (await runPool(runs, options)).map(({order}) => order.name);
  return {run, done, said, stop};
}

const failure = {failure: 'it broke'};

test('one process does all runs of one kind, in their order', async () => {
  const {run, done} = scripted({});
  expect(await run(['a', 'b', 'c'].map((name) => runOf(name)))).toEqual([]);
  expect(done).toEqual(['1:a', '1:b', '1:c', '1 ends']);
});

test('a process goes on with runs of its kind before another takes the others', async () => {
  const {run, done} = scripted({});
  await run([runOf('a', 'x'), runOf('b', 'y'), runOf('c', 'x'), runOf('d', 'y')]);
  expect(done).toEqual(['1:a', '1:c', '1 ends', '2:b', '2:d', '2 ends']);
});

test('there are as many processes as jobs, and no more than runs', async () => {
  const {run, done} = scripted({}, {jobs: 2});
  await run(['a', 'b', 'c', 'd'].map((name) => runOf(name)));
  expect(done.filter((each) => each.endsWith('ends'))).toHaveLength(2);
  const few = scripted({}, {jobs: 8});
  await few.run([runOf('a')]);
  expect(few.done).toEqual(['1:a', '1 ends']);
});

describe('a run that fails', () => {
  test('does not stop the others, which get a new process', async () => {
    const {run, done, said} = scripted({a: [failure]});
    expect(await run(['a', 'b'].map((name) => runOf(name)))).toEqual(['a']);
    expect(done).toEqual(['1:a', '1 ends', '2:b', '2 ends']);
    expect(said).toEqual(['a failed', 'b complete']);
  });

  test('is tried again as often as is allowed', async () => {
    const {run, said} = scripted({a: [failure, failure, failure], b: [failure]}, {retries: 2});
    expect(await run(['a', 'b'].map((name) => runOf(name)))).toEqual(['a']);
    expect(said).toEqual(['a failed, again', 'a failed, again', 'a failed', 'b failed, again', 'b complete']);
  });

  test('stops the others with --fail-fast', async () => {
    const {run, said} = scripted({a: [failure]}, {jobs: 2, failFast: true});
    expect(await run(['endless', 'a', 'b'].map((name) => runOf(name)))).toEqual(['a']);
    expect(said).toEqual(['a failed', 'endless interrupted']);
  });
});

test('a run whose own process was asked to stop is continued in another', async () => {
  const {run, done} = scripted({a: ['interrupted']});
  expect(await run([runOf('a')])).toEqual([]);
  expect(done).toEqual(['1:a', '1 ends', '2:a', '2 ends']);
});

test('a run that another process is at work in comes after the others, until it is complete', async () => {
  const {run, said} = scripted({a: ['busy', 'busy']});
  expect(await run(['a', 'b'].map((name) => runOf(name)))).toEqual([]);
  expect(said).toEqual(['a busy, again', 'b complete', 'a busy, again', 'a complete']);
});

test("each run has a process of its own where the user's modules may keep something", async () => {
  const {run, done} = scripted({}, {isRenewed: true});
  await run(['a', 'b'].map((name) => runOf(name)));
  expect(done).toEqual(['1:a', '1 ends', '2:b', '2 ends']);
});

test('a stop interrupts the runs under way and begins no other', async () => {
  const {run, said, done, stop} = scripted({}, {jobs: 2});
  const all = run(['endless', 'a', 'endless', 'b'].map((name) => runOf(name)));
  setTimeout(() => stop.abort(), 20);
  expect(await all).toEqual([]);
  expect(said).toEqual(['a complete', 'endless interrupted', 'endless interrupted']);
  expect(done).not.toContain('2:b');
});

test('a stop before the first run begins none', async () => {
  const {run, done, stop} = scripted({});
  stop.abort();
  await run([runOf('a')]);
  expect(done).toEqual([]);
});
