import type {Command} from 'commander';
import {CONFIG, collect, collectPaths, path, printWidth, WIDTH} from './options.js';
import type {PlannedSchedule} from './planned-schedule.js';

interface PlotFlags {
  readonly workload: string;
  readonly config: readonly string[];
  readonly submission?: string;
  readonly set: readonly string[];
  readonly out?: string;
  readonly width?: number;
  readonly values?: boolean;
}

export function addPlotCommand(program: Command): void {
  program
    .command('plot')
    .summary('draw learning-rate schedules without training')
    .description("Draws a config's learning-rate schedule without training; those of several configs over one another.")
    .requiredOption('--workload <name or path>', 'workload whose step hint the schedule is laid out in')
    .option('--config <file>', `${CONFIG}; may be repeated`, collectPaths, [])
    .option('--submission <name or path>', "training algorithm (default: the config's, else cyclic)", path)
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--out <file>', 'picture to write, .png, .svg or .pdf (default: lr-schedule.png; none with --values)', path)
    .option('--width <width>', `${WIDTH} (default: for a screen)`, printWidth)
    .option('--values', 'print step,learning_rate as CSV for every step (default: off)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --out schedule.svg
  $ algoperf-ts plot --workload mnist --submission momentum --out momentum.svg
  $ algoperf-ts plot --workload mnist --config single-cycle --config three-cycles --out both.pdf --width 85mm
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --values > schedule.csv`,
    )
    .action(plot);
}

async function plot(flags: PlotFlags): Promise<void> {
  const {UserError} = await import('../support/index.js');
  const out = flags.out ?? (flags.values ? undefined : 'lr-schedule.png');
  if (out !== undefined && !/\.(png|svg|pdf)$/.test(out))
    throw new UserError(`--out: must end in .png, .svg or .pdf, got '${out}'`);
  if (flags.values && flags.config.length > 1)
    throw new UserError('--values: prints one schedule, so it takes one --config; there are several');
  const schedules = await schedulesOf(flags);
  if (flags.values) {
    const {writeValues} = await import('./plot-values.js');
    await writeValues(schedules[0]!.drawing, process.stdout);
  }
  if (out === undefined) return;
  await draw(schedules, out, flags.width);
  // With --values, stdout holds only the table.
  (flags.values ? process.stderr : process.stdout).write(`${out}\n`);
}

interface NamedPlan extends PlannedSchedule {
  readonly stem: string;
}

async function schedulesOf(flags: PlotFlags): Promise<NamedPlan[]> {
  const {readConfig} = await import('../config/index.js');
  const {plannedSchedule} = await import('./planned-schedule.js');
  const {loadWorkload} = await import('../../workloads/index.js');
  const files = flags.config.length === 0 ? [undefined] : flags.config;
  const sources = files.map((file) => readConfig(file, flags));
  const workload = await loadWorkload(flags.workload);
  const schedules: NamedPlan[] = [];
  for (const source of sources) schedules.push({stem: source.stem, ...(await plannedSchedule(source, workload))});
  return schedules;
}

async function draw(schedules: readonly NamedPlan[], out: string, width: number | undefined): Promise<void> {
  const plots = await import('../plots/index.js');
  const {chartFile, nameLength, printed, renderChart, SCREEN, scheduleChart, schedulesChart} = plots;
  const picture = width === undefined ? SCREEN : printed(width);
  const [{drawing, stem}] = schedules as [NamedPlan];
  const chart =
    schedules.length === 1
      ? scheduleChart(drawing, stem, picture)
      : schedulesChart(await namedSchedules(schedules, nameLength(picture)), picture);
  await renderChart(chart, chartFile(out)!, picture);
}

/** Each schedule under what makes its config differ from the others. */
async function namedSchedules(schedules: readonly NamedPlan[], length: number) {
  const {differencesInWords} = await import('./config-differences.js');
  const {parse} = await import('yaml');
  const configs = schedules.map(({stem, loaded}) => ({name: stem, config: parse(loaded.resolved)}));
  const names = differencesInWords(configs, length);
  return schedules.map(({drawing}, i) => ({name: names[i]!, schedule: drawing}));
}
