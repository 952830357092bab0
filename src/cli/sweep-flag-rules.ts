import {UserError} from '../support/index.js';
import type {SweepFlags} from './sweep-flags.js';

type Launcher = SweepFlags['launcher'];

/** Flags that only some launchers have a use for, how each is written, and whether it was given. */
const RULES: readonly {flag: string; of: readonly Launcher[]; isGiven: (flags: SweepFlags) => boolean}[] = [
  {flag: '--jobs', of: ['local', 'command'], isGiven: ({jobs}) => jobs !== undefined},
  {flag: '--retry', of: ['local'], isGiven: ({retry}) => retry > 0},
  {flag: '--fail-fast', of: ['local'], isGiven: ({failFast}) => failFast === true},
  {flag: '--quiet', of: ['local'], isGiven: ({quiet}) => quiet === true},
  {flag: '--template', of: ['command'], isGiven: ({template}) => template !== undefined},
  {flag: '--runs-per-task', of: ['slurm', 'print', 'command'], isGiven: ({runsPerTask}) => runsPerTask !== undefined},
  {flag: '--partition', of: ['slurm', 'print'], isGiven: ({partition}) => partition !== undefined},
  {flag: '--time', of: ['slurm', 'print'], isGiven: ({time}) => time !== undefined},
  {flag: '--gres', of: ['slurm', 'print'], isGiven: ({gres}) => gres !== undefined},
  {flag: '--cpus-per-task', of: ['slurm', 'print'], isGiven: ({cpusPerTask}) => cpusPerTask !== undefined},
  {flag: '--max-parallel', of: ['slurm', 'print'], isGiven: ({maxParallel}) => maxParallel !== undefined},
  {flag: '--sbatch', of: ['slurm', 'print'], isGiven: ({sbatch}) => sbatch.length > 0},
];

/** @throws UserError naming a flag that means nothing beside the others */
export function requireSweepFlags(flags: SweepFlags): void {
  const wrong = RULES.find(({of, isGiven}) => isGiven(flags) && !of.includes(flags.launcher));
  if (wrong)
    throw new UserError(
      `${wrong.flag}: is for --launcher ${wrong.of.join(' or ')}, and means nothing with --launcher ${flags.launcher}`,
    );
  if (!flags.estimate && !flags.dryRun) throw new UserError('--no-estimate: means nothing without --dry-run');
}
