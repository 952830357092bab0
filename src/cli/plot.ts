import {type Command, Option} from 'commander';
import {CONFIG, collect, collectPath, path, portOption, printWidth, requireWatch, WIDTH} from './options.js';
import type {PlannedSchedule} from './planned-schedule.js';

interface PlotFlags {
  readonly workload: string;
  readonly config: readonly string[];
  readonly submission?: string;
  readonly set: readonly string[];
  readonly out?: string;
  readonly width?: number;
  readonly values?: boolean;
  readonly watch?: boolean;
  readonly port?: number;
}

export function addPlotCommand(program: Command): void {
  program
    .command('plot')
    .summary('draw learning-rate schedules without training')
    .description("Draws a config's learning-rate schedule without training; those of several configs over one another.")
    .requiredOption('--workload <name or path>', 'workload whose step hint the schedule is laid out in')
    .option('--config <file>', `${CONFIG}; may be repeated`, collectPath, [])
    .option('--submission <name or path>', "training algorithm (default: the config's, else cyclic)", path)
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--out <file>', 'picture to write, .png, .svg or .pdf (default: lr-schedule.png; none with --values)', path)
    .option('--width <width>', `${WIDTH} (default: for a screen)`, printWidth)
    .option('--values', 'print step,learning_rate as CSV for every step (default: off)')
    .addOption(
      new Option(
        '--watch',
        'serve a page on 127.0.0.1 that redraws the schedule whenever its file is saved (default: off)',
      ).conflicts(['out', 'width', 'values']),
    )
    .addOption(portOption())
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --out schedule.svg
  $ algoperf-ts plot --workload mnist --submission momentum --out momentum.svg
  $ algoperf-ts plot --workload mnist --config single-cycle --config three-cycles --out both.pdf --width 85mm
  $ algoperf-ts plot --workload mnist --config configs/mnist/three-cycles.yaml --values > schedule.csv
  $ algoperf-ts plot --workload mnist --config sched.yaml --watch`,
    )
    .action(plot);
}

async function plot(flags: PlotFlags): Promise<void> {
  const {UserError} = await import('../support/index.js');
  await requireWatch(flags);
  if (flags.watch) return watch(flags);
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

/** Serves the schedules' page until the process is asked to stop. */
async function watch(flags: PlotFlags): Promise<void> {
  const {UserError} = await import('../support/index.js');
  if (flags.config.length === 0 || flags.config.includes('-'))
    throw new UserError('--watch: follows files, so it takes the path or the name of one by --config');
  const {findConfig} = await import('../config/index.js');
  const {loadWorkload} = await import('../../workloads/index.js');
  const {watchedConfigs} = await import('./plot-watch.js');
  const {serveUntilStopped} = await import('./served-page.js');
  const workload = await loadWorkload(flags.workload);
  const files = flags.config.map((file) => findConfig(file, flags.workload));
  await serveUntilStopped(watchedConfigs({files, workload, options: flags}), flags.port);
}

interface NamedPlan extends PlannedSchedule {
  readonly stem: string;
}

async function schedulesOf(flags: PlotFlags): Promise<NamedPlan[]> {
  const {readConfig} = await import('../config/index.js');
  const {plannedSchedule} = await import('./planned-schedule.js');
  const {loadWorkload} = await import('../../workloads/index.js');
  const files = flags.config.length === 0 ? [undefined] : flags.config;
  const workload = await loadWorkload(flags.workload);
  const sources = files.map((file) => readConfig(file, flags));
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
