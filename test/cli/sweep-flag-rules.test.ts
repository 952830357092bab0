import {expect, test} from 'vitest';
import {requireSweepFlags} from '../../src/cli/sweep-flag-rules.js';
import type {SweepFlags} from '../../src/cli/sweep-flags.js';

const flags: SweepFlags = {
  experimentDir: 'experiments',
  backend: 'auto',
  compile: true,
  retry: 0,
  estimate: true,
  launcher: 'local',
  sbatch: [],
};

test.each<[Partial<SweepFlags>, string]>([
  [{launcher: 'slurm', jobs: 2}, '--jobs: is for --launcher local or command, and means nothing with --launcher slurm'],
  [{launcher: 'print', retry: 1}, '--retry: is for --launcher local,'],
  [{launcher: 'command', failFast: true}, '--fail-fast: is for --launcher local,'],
  [{launcher: 'slurm', quiet: true}, '--quiet: is for --launcher local,'],
  [{launcher: 'slurm', template: 'x'}, '--template: is for --launcher command,'],
  [{runsPerTask: 2}, '--runs-per-task: is for --launcher slurm or print or command,'],
  [{launcher: 'command', partition: 'x'}, '--partition: is for --launcher slurm or print,'],
  [{time: '1:00'}, '--time: is for'],
  [{gres: 'gpu:1'}, '--gres: is for'],
  [{cpusPerTask: 2}, '--cpus-per-task: is for'],
  [{maxParallel: 2}, '--max-parallel: is for'],
  [{sbatch: ['mem=4G']}, '--sbatch: is for'],
  [{estimate: false}, '--no-estimate: means nothing without --dry-run'],
])('%o is refused', (more, message) => expect(() => requireSweepFlags({...flags, ...more})).toThrow(message));

test.each<Partial<SweepFlags>>([
  {},
  {jobs: 2, retry: 1, failFast: true, quiet: true},
  {launcher: 'slurm', partition: 'x', time: '1:00', gres: 'gpu:1', cpusPerTask: 2, maxParallel: 3, sbatch: ['mem=4G']},
  {launcher: 'command', jobs: 2, runsPerTask: 3, template: 'x {command}'},
  {dryRun: true, estimate: false},
])('%o may be given', (more) => expect(() => requireSweepFlags({...flags, ...more})).not.toThrow());
