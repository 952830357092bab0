import {relaxed, type ScoringTarget} from '../scoring/index.js';
import {closestName, UserError} from '../support/index.js';

/** By how much targets are made easier: `all`, a base workload with its variants, or a workload; later ones win. */
export type Relaxation = readonly (readonly [name: string, fraction: number])[];

/**
 * Parses `all=.1,wmt=.05`.
 * @throws UserError naming the part that is wrong
 */
export function parseRelaxation(text: string): Relaxation {
  const parts = text.split(',').map((part): readonly [string, number] => {
    const [, name = '', written = ''] = /^\s*([^=]+?)\s*=\s*([^=]+?)\s*$/.exec(part) ?? [];
    const fraction = written === '' ? Number.NaN : Number(written);
    if (name === '') throw new UserError(`--relax: '${part}' must be <workload>=<fraction>, such as all=.1,wmt=.05`);
    if (!(fraction >= 0 && fraction < 1))
      throw new UserError(`--relax: ${name}: must be a fraction of at least 0 and below 1, got '${written}'`);
    return [name, fraction];
  });
  const names = parts.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UserError(`--relax: ${twice} is named twice`);
  return parts;
}

/** Targets made easier. @throws UserError if a name is of no workload that is scored */
export function relaxedTargets<T extends ScoringTarget>(
  targets: ReadonlyMap<string, T>,
  relaxation: Relaxation,
): ReadonlyMap<string, ScoringTarget> {
  const names = [...targets.keys()];
  for (const [name] of relaxation) {
    if (name === 'all' || targets.has(name)) continue;
    const close = closestName(name, names);
    const hint = close ? `did you mean \`${close}\`?` : `there are: all, ${names.join(', ')}`;
    throw new UserError(`--relax: '${name}' is none of the workloads that are scored; ${hint}`);
  }
  return new Map([...targets].map(([name, target]) => [name, relaxed(target, fractionOf(name, relaxation))]));
}

function fractionOf(workload: string, relaxation: Relaxation): number {
  const covers = (name: string) => name === 'all' || name === workload || workload.startsWith(`${name}_`);
  return relaxation.findLast(([name]) => covers(name))?.[1] ?? 0;
}
