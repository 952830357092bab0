import type {Json} from '../contract/index.js';
import {parseNumber} from '../runs/index.js';
import {emptyStopMetric, observeLoss, type StopMetric} from '../submissions/index.js';
import type {StoppingSignal} from './report-data.js';
import {type Detail, finite, keptRows, type TableRow} from './series-table.js';

interface Rule {
  readonly enabled: boolean;
  readonly epsilon: number;
  readonly epsilon2: number;
  readonly recovery_time: number;
  readonly smoothing: number;
}

/** What the signal is worked out from. */
export interface Watched {
  readonly config: {readonly [key: string]: Json} | null;
  readonly evaluations: readonly TableRow[];
  /** The steps of the resets: a cycle's losses begin after one. */
  readonly resets: readonly number[];
  readonly lossMetric: string;
}

/** What an early stop was, or would have been, decided by, from the recorded losses; null where a config has no rule for it. */
export function stoppingSignal(
  {config, evaluations, resets, lossMetric}: Watched,
  {rows: most}: Pick<Detail, 'rows'>,
): StoppingSignal | null {
  const rule = ruleIn(config);
  if (!rule || evaluations.length === 0) return null;
  const seen: Seen[] = [];
  let [metric, resetCount]: [StopMetric, number] = [emptyStopMetric, 0];
  for (const row of evaluations) {
    const step = parseNumber(row.global_step);
    const before = resets.filter((reset) => reset < step).length;
    if (before > resetCount) [metric, resetCount] = [emptyStopMetric, before];
    metric = observeLoss(metric, parseNumber(row[`validation/${lossMetric}`]), rule.smoothing);
    seen.push(seenAt(step, metric, rule));
  }
  const shown = keptRows(seen.length, [seen.map(({extrapolated}) => extrapolated ?? Number.NaN)], most).map(
    (i) => seen[i]!,
  );
  const column = (key: Exclude<keyof Seen, 'step'>) =>
    shown.map((each) => finite(each[key] ?? undefined, {digits: 12}));
  return {
    steps: shown.map(({step}) => step),
    smoothedLoss: column('smoothedLoss'),
    rise: column('rise'),
    extrapolated: column('extrapolated'),
    stagnationThreshold: column('threshold'),
    epsilon: rule.epsilon,
    recoveryTime: rule.recovery_time,
    isEnabled: rule.enabled,
  };
}

interface Seen {
  readonly step: number;
  readonly smoothedLoss: number | null;
  readonly rise: number | null;
  readonly extrapolated: number | null;
  readonly threshold: number | null;
}

function seenAt(step: number, {losses, minimum, lastLoss}: StopMetric, rule: Rule): Seen {
  const [last, previous] = [lastLoss === null ? undefined : losses.at(-1), losses.at(-2)];
  const rise = last === undefined || previous === undefined ? null : last - previous;
  return {
    step,
    smoothedLoss: last ?? null,
    rise,
    extrapolated: rise === null ? null : rise * rule.recovery_time + last!,
    threshold: minimum === null ? null : minimum.value + rule.epsilon2,
  };
}

function ruleIn(config: Watched['config']): Rule | undefined {
  const rule = Object(config?.early_stopping) as {readonly [key in keyof Rule]?: unknown};
  const numbers = [rule.epsilon, rule.epsilon2, rule.recovery_time, rule.smoothing];
  return numbers.every((value) => typeof value === 'number') ? (rule as Rule) : undefined;
}
