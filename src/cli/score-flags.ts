import type {Format} from './score-formats.js';

/** What the command line says. */
export interface ScoreFlags {
  readonly targets?: string;
  readonly workloads?: string[];
  readonly include?: string[];
  readonly exclude?: string[];
  readonly by: 'time' | 'steps';
  readonly compat?: '0.6' | '1.0';
  readonly reference?: string;
  readonly speedupsOver?: string;
  readonly relax?: string;
  readonly relaxSweep?: number;
  readonly numStudies?: number;
  readonly numTuningTrials?: number;
  readonly tuningRuleset?: 'external' | 'self';
  readonly strict?: boolean;
  readonly verify?: boolean;
  readonly intervals?: boolean;
  readonly resamples?: number;
  readonly rngSeed?: number;
  readonly format: Format;
  readonly json?: boolean;
  readonly tables?: string[];
  readonly plots?: string;
  readonly width?: number;
}
