import type {ReportTarget} from './report-data.js';

/** The target that a run's facts name; null where not all of it is there. */
export function targetIn(meta: {readonly [name: string]: unknown} | null): ReportTarget | null {
  const of = (name: string) => meta?.[`workload.${name}`];
  const [metric, goal, validation, lossMetric] = [
    of('target_metric_name'),
    of('target_goal'),
    of('validation_target_value'),
    of('loss_metric_name'),
  ];
  if (typeof metric !== 'string' || typeof validation !== 'number') return null;
  return {
    metric,
    goal: goal === 'minimize' ? 'minimize' : 'maximize',
    validation,
    lossMetric: typeof lossMetric === 'string' ? lossMetric : 'loss',
  };
}
