import {parseRelaxation, scoreRuns} from '../pool/index.js';
import {closestName, UserError} from '../support/index.js';
import {EXIT} from './exit-codes.js';
import type {ScoreFlags} from './score-flags.js';
import {scoreText} from './score-formats.js';
import {SCORE_TABLES, type TableName} from './score-tables.js';
import {terminalWidth} from './table.js';

/** Does what `algoperf-ts score` is for. */
export async function scoreAndPrint(dirs: readonly string[], flags: ScoreFlags): Promise<void> {
  const {
    relax,
    compat,
    intervals,
    resamples,
    rngSeed: seed,
    numTuningTrials: numTrials,
    tables,
    verify,
    ...options
  } = flags;
  if (!intervals && (resamples ?? seed) !== undefined)
    throw new UserError(
      `--${resamples === undefined ? 'rng-seed' : 'resamples'}: is of --intervals, which is not given`,
    );
  if (flags.width !== undefined && flags.plots === undefined)
    throw new UserError('--width: is of --plots, which is not given');
  const shown = tables?.map(tableNamed);
  const scored = await scoreRuns({
    ...options,
    ...(dirs.length > 0 && {dirs}),
    numTrials,
    ...(verify && {verify: (await import('../verification/index.js')).verifyRun}),
    ...(relax !== undefined && {relax: parseRelaxation(relax)}),
    ...(compat && {rules: compat}),
    ...(intervals && {intervals: {...(resamples && {resamples}), ...(seed && {seed})}}),
  });
  const format = flags.json ? 'json' : flags.format;
  process.stdout.write(scoreText(scored, {format, tables: shown, width: terminalWidth()}));
  if (scored.verified && scored.verified.leftOut > 0) process.exitCode = EXIT.notVerified;
  if (flags.plots === undefined) return;
  const {drawScores, MOST_DRAWN} = await import('./score-charts.js');
  const {length} = scored.scores;
  if (length > MOST_DRAWN) process.stderr.write(`the charts show the best ${MOST_DRAWN} of ${length} submissions\n`);
  for (const file of await drawScores(scored, flags.plots, flags.width)) process.stderr.write(`${file}\n`);
}

function tableNamed(name: string): TableName {
  const known = Object.keys(SCORE_TABLES);
  if (known.includes(name)) return name as TableName;
  const close = closestName(name, known);
  const hint = close ? `did you mean \`${close}\`?` : `there are: ${known.join(', ')}`;
  throw new UserError(`--tables: there is no table '${name}'; ${hint}`);
}
