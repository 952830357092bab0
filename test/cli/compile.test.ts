import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, numbersOf, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';

test('op by op a run gives what it gives as a graph', async () => {
  const folder = temporaryFolder();
  const config = writeConfig(folder);
  const evaluations = [];
  for (const name of ['graph', 'op-by-op']) {
    const words = ['run', '--workload', 'mnist', '--config', config, '--rng-seed', '1', '--backend', testBackend];
    const how = name === 'graph' ? [] : ['--no-compile'];
    const {code, stderr} = await cli(folder, [...words, '--experiment-name', name, ...how]);
    expect(code, stderr).toBe(0);
    const path = join(folder, 'experiments', name, 'mnist_tfjs', 'trial_1');
    expect(JSON.parse(readFileSync(join(path, 'flags_0.json'), 'utf8')).compile).toBe(name === 'graph');
    evaluations.push(numbersOf(join(path, 'eval_measurements.csv')));
  }
  const [graph, eager] = evaluations as [Record<string, string>[], Record<string, string>[]];
  expect(graph.length).toBe(6);
  graph.forEach((row, i) => {
    for (const [column, value] of Object.entries(row)) {
      // An example that lies on the edge between two classes may fall either way.
      const tolerance = column.endsWith('accuracy') ? 2e-4 : 1e-5 * Math.abs(Number(value));
      expect(Math.abs(Number(eager[i]![column]) - Number(value)), column).toBeLessThanOrEqual(tolerance);
    }
  });
});
