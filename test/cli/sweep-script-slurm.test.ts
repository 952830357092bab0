import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {cli, noTensorflow, root, temporaryFolder, testBackend, tool, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {hasSlurm, startCluster} from '../helpers/slurm.js';

test.skipIf(!hasSlurm)(
  'the script for a Slurm array trains every point on a real Slurm, and can be submitted again',
  async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder);
    mkdirSync(join(folder, 'data'));
    writeSmallMnist(join(folder, 'data'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'algoperf-ts'), `#!/bin/sh\nexec ${process.execPath} ${tool} "$@"\n`, {mode: 0o755});
    const cluster = await startCluster();
    const env = {
      ...process.env,
      ...(testBackend === 'tensorflow' ? {} : noTensorflow),
      ...cluster.env,
      PATH: `${bin}:${process.env.PATH}`,
      ALGOPERF_DATA_DIR: join(folder, 'data'),
    };
    const slurm = (command: string, ...words: string[]) =>
      spawnSync(command, words, {cwd: folder, env, encoding: 'utf8'});
    try {
      for (const _ of [1, 2]) {
        const submitted = slurm('sbatch', '--parsable', join(root, 'configs', 'sweeps', 'slurm.sbatch'), config);
        expect([submitted.status, submitted.stderr]).toEqual([0, '']);
        while (slurm('squeue', '--noheader').stdout.trim() !== '') await sleep(500);
        const runs: {experiment: string; status: string; globalStep: number}[] = JSON.parse(
          (await cli(folder, ['runs', 'list', '--json'])).stdout,
        );
        const output = readdirSync(folder).filter((name) => name.endsWith('.out'));
        const said = output.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
        expect(runs.map(({experiment, globalStep}) => [experiment, globalStep]).sort(), said).toEqual(
          ['2e-3-seed-1', '2e-3-seed-2', '4e-3-seed-1', '4e-3-seed-2'].map((point) => [`slurm-grid/lr-${point}`, 45]),
        );
      }
      // Started again, a complete run is left as it is: it has the files of one process.
      const trial = join(folder, 'experiments', 'slurm-grid', 'lr-2e-3-seed-1', 'mnist_tfjs', 'trial_1');
      expect(['meta_data_0.json', 'meta_data_1.json'].map((name) => existsSync(join(trial, name)))).toEqual([
        true,
        false,
      ]);
    } finally {
      await cluster.stop();
    }
  },
  600_000,
);
