import {z} from 'zod';
import type {DrawnSchedule} from '../../contract/index.js';
import {cosineBetween, joinSchedules, linearWarmup, type Schedule} from '../../schedules/index.js';
import {submissionSchedule, warmupFactor} from '../named/index.js';

/** The rate that a cycle begins and ends with. */
const LOWEST = 1e-10;

interface Cycles {
  readonly learningRate: number;
  readonly warmupFactor: number;
  readonly cycles: number;
}

/**
 * `n` cycles of `P = H / n` steps, a real number. In each, from its start: `W = floor(warmup_factor * H)` steps of linear warm-up from
 * 1e-10 to the learning rate, and half a cosine down to 1e-10 over `P - W`. `W` is a share of the whole run, not of the cycle. Step 0
 * runs at the full learning rate, as the entry's did, which sets its rate after each step.
 */
export const cyclesOfCosine = submissionSchedule({
  hyperparameters: z.object({
    warmup_factor: warmupFactor,
    cycles: z
      .int()
      .min(1)
      .max(1000)
      .describe('How many cycles the run has')
      .meta({examples: [2]}),
  }),
  keys: z.object({}),
  make: (hyperparameters, {totalSteps}) => drawn(hyperparameters, totalSteps),
  hyperparameterProblems: ({warmupFactor, cycles}) => {
    const message = 'must be below 1 / cycles: the warm-up, a share of the whole run, is in each cycle';
    return warmupFactor * cycles >= 1 ? [{key: 'warmup_factor', message}] : [];
  },
});

function drawn(
  {learningRate: peak, warmupFactor, cycles}: Cycles,
  totalSteps: number,
): Omit<DrawnSchedule, 'totalSteps'> {
  const period = totalSteps / cycles;
  const warmupSteps = Math.floor(warmupFactor * totalSteps);
  const starts = Array.from({length: cycles}, (_, i) => i * period);
  const inCycle = joinSchedules(
    [linearWarmup({peak, warmupSteps, startFactor: LOWEST / peak}), fallOver(peak, period - warmupSteps)],
    [warmupSteps],
  );
  const all = joinSchedules(
    starts.map(() => inCycle),
    starts.slice(1),
  );
  const ends = [...starts.slice(1), totalSteps].map(Math.ceil);
  return {
    learningRate: (step) => (step === 0 ? peak : all(step)),
    cycles: ends.map((end, i) => ({start: Math.ceil(starts[i]!), end, label: 'linear + cosine'})),
    turns: [
      0,
      1,
      warmupSteps,
      ...starts.slice(1).flatMap((start) => [Math.ceil(start), Math.ceil(start + warmupSteps)]),
    ],
  };
}

function fallOver(peak: number, steps: number): Schedule {
  return (step) => cosineBetween(peak, LOWEST, Math.min(step / steps, 1));
}
