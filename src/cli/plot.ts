import type {Command} from 'commander';
import type {DrawnSchedule} from '../contract/index.js';
import {CONFIG, collect, path} from './options.js';

interface PlotFlags {
  readonly workload: string;
  readonly config?: string;
  readonly submission?: string;
  readonly set: readonly string[];
  readonly out?: string;
  readonly values?: boolean;
}

export function addPlotCommand(program: Command): void {
  program
    .command('plot')
    .summary('draw the learning-rate schedule without training')
    .description("Draws a config's learning-rate schedule without training.")
    .requiredOption('--workload <name or path>', 'workload whose step hint the schedule is laid out in')
    .option('--config <file>', CONFIG, path)
    .option('--submission <name or path>', "training algorithm (default: the config's, else cyclic)", path)
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--out <file>', 'picture to write, .png or .svg (default: lr-schedule.png; none with --values)', path)
    .option('--values', 'print step,learning_rate as CSV for every step (default: off)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --out schedule.svg
  $ algoperf-ts plot --workload mnist --submission momentum --out momentum.svg
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --values > schedule.csv`,
    )
    .action(plot);
}

async function plot(flags: PlotFlags): Promise<void> {
  const {UserError} = await import('../support/index.js');
  const out = flags.out ?? (flags.values ? undefined : 'lr-schedule.png');
  if (out !== undefined && !/\.(png|svg)$/.test(out))
    throw new UserError(`--out: must end in .png or .svg, got '${out}'`);
  const {drawing, stem} = await scheduleOfConfig(flags);
  if (flags.values) {
    const {writeValues} = await import('./plot-values.js');
    await writeValues(drawing, process.stdout);
  }
  if (out === undefined) return;
  const {renderChart, scheduleChart} = await import('../plots/index.js');
  await renderChart(scheduleChart(drawing, stem), out.endsWith('.svg') ? {svg: out} : {png: out});
  // With --values stdout is the table's alone.
  (flags.values ? process.stderr : process.stdout).write(`${out}\n`);
}

/** The schedule that the submission would draw before its first step. */
async function scheduleOfConfig(flags: PlotFlags): Promise<{drawing: DrawnSchedule; stem: string}> {
  const {UserError} = await import('../support/index.js');
  const {checkConfig, readConfig} = await import('../config/index.js');
  const {checkedDrawing, lazyModel} = await import('../submissions/index.js');
  const {withSubmission} = await import('./process-end.js');
  const {loadWorkload} = await import('../../workloads/index.js');
  const source = readConfig(flags.config, flags);
  const workload = await loadWorkload(flags.workload);
  let drawn: DrawnSchedule | undefined;
  const nothing = () => {};
  const recorder = {
    schedule(drawing: DrawnSchedule): number {
      drawn = checkedDrawing(drawing, source.submission);
      return 0;
    },
    scalars: nothing,
    event: nothing,
    row: nothing,
  };
  await withSubmission(source, async (submission) => {
    const {config} = checkConfig(source, submission, workload);
    const model = lazyModel(() => workload.initModel([0, 0]));
    await submission.initOptimizerState({workload, model, config, key: [0, 0], recorder});
  });
  if (!drawn)
    throw new UserError(`${source.submission}: initOptimizerState records no schedule, so there is none to draw`);
  return {drawing: drawn, stem: source.stem};
}
