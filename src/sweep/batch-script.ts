/** What a cluster is asked for. */
export interface SlurmRequest {
  readonly partition?: string | undefined;
  /** As Slurm writes times, `1-12:00:00`. */
  readonly time?: string | undefined;
  readonly gres?: string | undefined;
  readonly cpusPerTask?: number | undefined;
  /** Tasks that run at a time; default: as many as the cluster has room for. */
  readonly maxParallel?: number | undefined;
  /** Further options of sbatch, each `key=value`, or `key` alone. */
  readonly sbatch: readonly string[];
}

/** One job array of a sweep. */
export interface BatchJob extends SlurmRequest {
  readonly sweep: string;
  /** The file with the runs, absolute. */
  readonly ordersFile: string;
  /** The runs of each task, by their places in that file, counted from 0. */
  readonly tasks: readonly (readonly number[])[];
  /** Where the tasks' output goes, absolute. */
  readonly logFolder: string;
  /** Where relative paths of the sweep start. */
  readonly workingFolder: string;
  /** The words that start this tool. */
  readonly tool: readonly string[];
}

/** Seconds before a job's limit of time at which its runs are asked for a checkpoint. */
const NOTICE = 120;

/**
 * The script of a job array: a file for people to read, change and submit again. The command is started by srun, so that signals reach it
 * whichever way they are sent; a task that was asked to stop puts itself back in the queue.
 */
export function batchScript(job: BatchJob): string {
  const {sweep, ordersFile, tasks, logFolder, workingFolder, tool, sbatch} = job;
  const own = sbatch.map((option) => {
    const at = option.indexOf('=');
    return at < 0 ? `#SBATCH --${option}` : directive(option.slice(0, at), option.slice(at + 1));
  });
  return `#!/usr/bin/env bash
# The runs that were left of the sweep ${sweep.replaceAll(/\s/g, ' ')}: one task of the array does those of its line, one after the other.
# Submitted again (sbatch <this file>), it leaves complete runs as they are and continues with the others.
${[...directives(job), ...own].join('\n')}
set -euo pipefail

runs=(
${tasks.map((runs) => `  '${runs.join(' ')}'`).join('\n')}
)

cd ${quoted(workingFolder)}
mkdir -p ${quoted(logFolder)}
# shellcheck disable=SC2086 # one word a run
exec srun --ntasks=1 \${SLURM_CPUS_PER_TASK:+--cpus-per-task=$SLURM_CPUS_PER_TASK} ${tool.map(quoted).join(' ')} \\
  sweep task ${quoted(ordersFile)} \${runs[$SLURM_ARRAY_TASK_ID]} --requeue
`;
}

function directives({sweep, tasks, logFolder, partition, time, gres, cpusPerTask, maxParallel}: BatchJob): string[] {
  const options = {
    'job-name': sweep.replaceAll(/[^\w.-]+/g, '-'),
    array: `0-${tasks.length - 1}${maxParallel === undefined ? '' : `%${maxParallel}`}`,
    output: `${logFolder}/%A_%a.log`,
    'open-mode': 'append',
    signal: `B:USR1@${NOTICE}`,
    partition,
    time,
    gres,
    'cpus-per-task': cpusPerTask,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return ['#SBATCH --requeue', ...given.map(([name, value]) => directive(name, String(value)))];
}

/** sbatch takes a line apart at spaces, and reads double quotes. */
function directive(name: string, value: string): string {
  const isPlain = /^[^\s"'\\#]+$/.test(value);
  return `#SBATCH --${name}=${isPlain ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`}`;
}

/** A word as a POSIX shell reads it. */
export function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Tasks that an array has at most: Slurm's own limit, unless its administrators have set another. */
const MOST_TASKS = 1000;

/**
 * The runs of each task.
 * @param runsPerTask - default: one, or as many as keep the array within Slurm's usual limit
 */
export function tasksOf(runs: number, runsPerTask = Math.ceil(runs / MOST_TASKS)): number[][] {
  return Array.from({length: Math.ceil(runs / runsPerTask)}, (_, task) =>
    Array.from({length: Math.min(runsPerTask, runs - task * runsPerTask)}, (_, i) => task * runsPerTask + i),
  );
}
