import {type Command, Option} from 'commander';
import {collectPath, experimentDirOption, path, printWidth, RUNS, WIDTH} from './options.js';

interface CompareFlags {
  readonly experimentDir: string;
  readonly by: 'step' | 'time';
  readonly plot?: string;
  readonly width?: number;
  readonly json?: boolean;
}

export function addCompareCommand(runs: Command): void {
  runs
    .command('compare')
    .summary('put runs side by side: settings, results, curves')
    .description(
      'Compares runs of one workload: settings that differ, results, and curves on one chart. Runs that differ only in their seeds form a group, with medians, intervals and a test of the difference from the first group.',
    )
    .argument('<runs...>', RUNS, collectPath)
    .addOption(experimentDirOption())
    .addOption(new Option('--by <axis>', 'what the curves are drawn over').choices(['step', 'time']).default('step'))
    .option('--plot <file>', 'picture of the curves, .png, .svg or .pdf (default: compare.png; none with --json)', path)
    .option('--width <width>', `${WIDTH} (default: for a screen)`, printWidth)
    .option('--json', 'print one JSON object (default: tables)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ algoperf-ts runs compare first second\n  $ algoperf-ts runs compare 1 2 3 4 --by time --plot curves.pdf --width 85mm',
    )
    .action(compare);
}

async function compare(names: readonly string[], {experimentDir, by, plot, width, json}: CompareFlags): Promise<void> {
  const {UserError} = await import('../support/index.js');
  const {chartFile} = await import('../plots/index.js');
  const {comparison} = await import('./comparison.js');
  const {comparisonText} = await import('./comparison-text.js');
  const {print, terminalWidth} = await import('./table.js');
  const file = plot ?? (json ? undefined : 'compare.png');
  if (file !== undefined && !chartFile(file))
    throw new UserError(`--plot: must end in .png, .svg or .pdf, got '${file}'`);
  const compared = comparison(experimentDir, names);
  print(compared.value, () => comparisonText(compared, terminalWidth()), json);
  if (file === undefined) return;
  const {drawComparison} = await import('./comparison-chart.js');
  const isDrawn = await drawComparison(compared, {by, file, width});
  (json ? process.stderr : process.stdout).write(isDrawn ? `${file}\n` : 'no run has an evaluation to draw\n');
}
