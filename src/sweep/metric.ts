import {fileMistakes} from '../config/index.js';
import type {Workload} from '../contract/index.js';
import {metricNames} from '../metrics/index.js';
import {closestName} from '../support/index.js';
import type {Sweep} from './read-sweep.js';

/** The sweep's metric, by its column in a run's evaluations; or `time_to_target`. */
export function metricOf(name: string | undefined, workload: Workload): string {
  if (name === 'time_to_target') return name;
  return metricColumn(name ?? workload.target.metric);
}

/** @throws UserError unless every workload has the metric, with the goal that is asked for */
export function requireMetric({metric, file}: Pick<Sweep, 'metric' | 'file'>, workload: Workload): void {
  if (!metric || (metric.name === 'time_to_target' && metric.goal !== 'maximize')) return;
  const names = metricNames(workload);
  const name = metricColumn(metric.name);
  const known = [...names, ...Object.keys(workload.metrics), 'time_to_target'];
  if (!names.includes(name) && metric.name !== 'time_to_target') {
    const close = closestName(metric.name, known);
    const hint = close === undefined ? `there are: ${known.join(', ')}` : `did you mean \`${close}\`?`;
    throw fileMistakes(file, [
      {path: ['metric', 'name'], message: `${workload.name} has no metric '${metric.name}'; ${hint}`},
    ]);
  }
  const goal = goalOf(metric.name, workload);
  if (metric.goal === undefined || metric.goal === goal) return;
  throw fileMistakes(file, [
    {
      path: ['metric', 'goal'],
      message: `must be ${goal}, the goal of ${metric.name} in ${workload.name}, found ${metric.goal}`,
    },
  ]);
}

/** The column of a metric in a run's evaluations; one without a split is that of validation. */
export function metricColumn(name: string): string {
  return name.includes('/') ? name : `validation/${name}`;
}

/** What is better of a metric: by the workload's own word. */
export function goalOf(name: string, workload: Workload): 'minimize' | 'maximize' {
  if (name === 'time_to_target') return 'minimize';
  return workload.metrics[name.slice(name.indexOf('/') + 1)]!;
}
