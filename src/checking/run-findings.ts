import {leavesOf, type NdArray, type Workload} from '../contract/index.js';
import {areSame, leavesOfState} from './compare.js';
import type {Finding} from './findings.js';
import type {Places} from './places.js';
import type {Rehearsal} from './rehearsal.js';
import type {Notes} from './watch.js';

/** What findings are derived from. */
interface Seen {
  readonly workload: Workload;
  readonly notes: Notes;
  readonly places: Places;
}

/** The findings on an uninterrupted run. */
export function runFindings(run: Rehearsal, seen: Seen): Finding[] {
  const finite = finiteFindings(run, seen);
  const trained = finite.length > 0 ? finite : changeFindings(run, seen);
  return [...scheduleFindings(run, seen), ...trained, ...evaluationFindings(seen)];
}

function evaluationFindings({places, notes}: Seen): Finding[] {
  const check = 'evaluation_params';
  const findings: Finding[] = [];
  if (notes.notRestored !== undefined)
    findings.push({
      check,
      place: places.of(undefined, 'prepareForEval'),
      message: `prepareForEval changes the parameters, and the next step does not restore them: ${notes.notRestored}`,
      advice:
        'Provide the parameters to evaluate by `evalParams`, or write the trained ones back in updateParams before running a step.',
    });
  if (notes.changedByEvaluation !== undefined)
    findings.push({
      check,
      place: places.of(undefined, 'evalParams', 'prepareForEval'),
      message: notes.changedByEvaluation,
      advice:
        "Make evalParams a pure function of the optimizer's tensors and the parameters (no counters, no randomness), and let updateParams return, or its promise settle, only when the step is done.",
    });
  return findings;
}

function scheduleFindings(run: Rehearsal, {workload, notes, places}: Seen): Finding[] {
  const {stepHint} = workload.budget;
  const steps = Math.max(run.totalSteps ?? 0, ...notes.drawnSteps);
  const place = places.of(undefined, 'totalSteps');
  if (steps > stepHint)
    return [
      {
        check: 'schedule',
        place,
        message: `the schedule has ${steps} steps, but the workload's step hint is ${stepHint}`,
        advice:
          'Lay it out over `workload.budget.stepHint`; in the config of a built-in submission by `schedule.budget_step_hints`.',
      },
    ];
  const {totalSteps, globalStep, trainingComplete} = run;
  if (totalSteps === undefined || trainingComplete || globalStep < totalSteps) return [];
  return [
    {
      check: 'schedule',
      place: places.of(undefined, 'trainingComplete', 'updateParams'),
      message: `totalSteps is ${totalSteps}, but step ${totalSteps} does not end the run`,
      advice: 'Return `trainingComplete: globalStep + 1 >= totalSteps` from updateParams.',
    },
  ];
}

function finiteFindings({ending, state}: Rehearsal, {places, workload}: Seen): Finding[] {
  const broken = leavesOfState(state).find(({value}) => !value.data.every((each: number) => Number.isFinite(each)));
  if (ending.status !== 'diverged' && !broken) return [];
  const message = broken ? `'${broken.path}' is no longer finite` : ending.reason;
  const hasNaN = workload.name === 'unknown-targets';
  return [
    {
      check: 'finite',
      place: places.whole,
      message,
      advice: hasNaN
        ? 'Targets may be NaN where their weight is 0: use `workload.lossFn`, or replace them before computing with them.'
        : 'Look at the learning rate of the first steps, and at divisions, roots and logarithms.',
    },
  ];
}

function changeFindings({initialState, state, globalStep}: Rehearsal, {places}: Seen): Finding[] {
  const before = new Map(leavesOf<NdArray>(initialState.params).map(({path, value}) => [path, value]));
  const after = leavesOf<NdArray>(state.params);
  const same = after.filter(({path, value}) => before.has(path) && areSame(value, before.get(path)!));
  if (same.length === 0) return [];
  const which = same.length === after.length ? 'no parameter changes' : `'${same[0]!.path}' does not change`;
  const more = same.length > 1 && same.length < after.length ? ` (and ${same.length - 1} more)` : '';
  return [
    {
      check: 'changes',
      place: places.of(undefined, 'entries', 'updateParams'),
      message: `${which} in ${globalStep} steps${more}`,
      advice: "Return the new parameters in the entry's `state`, and run the entry with a learning rate above 0.",
    },
  ];
}
