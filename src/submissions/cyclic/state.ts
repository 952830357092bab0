import type {Key} from '../../contract/index.js';
import type {GradientTransformation} from '../../optimizers/index.js';
import type {CycleSpec, Schedule, Shapes} from '../../schedules/index.js';
import type {StepState} from '../training-step.js';
import type {Progress} from './progress.js';

/** What the cyclic submission keeps between steps, on the host. */
export interface CyclicState extends StepState {
  readonly optimizer: GradientTransformation;
  readonly spec: CycleSpec;
  /** The warm-ups and decays that cycles may have: the built-in ones and the user's own. */
  readonly shapes: Shapes;
  readonly totalSteps: number;
  /** Folded with the number of a reset it gives the key of that reset's fresh parameters. */
  readonly resetKey: Key;
  /** Replaced as a whole, together with `learningRate`, whenever something in it changes. */
  progress: Progress;
  /** The learning rate of the whole run by global step, as now planned. */
  learningRate: Schedule;
}
