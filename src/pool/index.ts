export type {TableTarget} from './algoperf-targets.js';
export type {ScoreOptions} from './options.js';
export type {Problem} from './problems.js';
export {parseRelaxation, type Relaxation} from './relaxation.js';
export type {RelaxedScore, RelaxedScores, SweptScores} from './relaxed-scores.js';
export {type Scored, type SubmissionScore, scoreRuns} from './score-runs.js';
export type {SpeedupTable} from './speedup-table.js';
export {placeOf} from './strict.js';
export type {ResolvedTarget, TuningRuleset} from './targets.js';
