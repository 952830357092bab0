import {readFileSync, statSync} from 'node:fs';
import {parse} from 'yaml';
import {readConfig} from '../config/index.js';
import type {Workload} from '../contract/index.js';
import {lineOfPoints, schedulePoints} from '../plots/index.js';
import {type FileMistake, type LiveSource, lineOf, type PlannedFile, type SchedulesData} from '../report/index.js';
import {UserError, version} from '../support/index.js';
import {differencesInWords} from './config-differences.js';
import {plannedSchedule} from './planned-schedule.js';

/** Configs whose schedules are watched. */
export interface WatchedConfigs {
  /** Paths of YAML files. */
  readonly files: readonly string[];
  readonly workload: Workload;
  /** As {@link readConfig} takes them. */
  readonly options: {readonly workload: string; readonly submission?: string; readonly set: readonly string[]};
}

/** The schedules of configs as the source of a live page, with the mistakes of what was saved last. */
export function watchedConfigs({files, workload, options}: WatchedConfigs): LiveSource {
  const drawn = new Map<string, Drawn>();
  async function planned(file: string): Promise<PlannedFile & {readonly config: Drawn['config']}> {
    const text = readText(file);
    const mistakes: FileMistake[] = [];
    try {
      const {drawing, loaded} = await plannedSchedule(readConfig(file, options), workload);
      const schedule = lineOf(lineOfPoints(schedulePoints(drawing)), {schedulePoints: 2000});
      drawn.set(file, {
        schedule,
        cycles: drawing.cycles,
        totalSteps: drawing.totalSteps,
        config: parse(loaded.resolved),
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      mistakes.push(...mistakesIn(error, file));
    }
    return {file, name: file, text, mistakes, ...(drawn.get(file) ?? NOTHING)};
  }
  return {
    revision: () => files.map(stateOf).join('\n'),
    async read(): Promise<SchedulesData> {
      const plans = [];
      for (const file of files) plans.push(await planned(file));
      const names = differencesInWords(
        plans.map(({file, config}) => ({name: file, config})),
        NAME_LENGTH,
      );
      const shown = plans.map(({config: _, ...plan}, i) => ({...plan, name: names[i]!}));
      const title = files.length === 1 ? files[0]! : `${files.length} schedules`;
      return {kind: 'schedules', title, version, made: new Date().toISOString(), files: shown};
    },
  };
}

type Drawn = Pick<PlannedFile, 'schedule' | 'cycles' | 'totalSteps'> & {
  readonly config: Parameters<typeof differencesInWords>[0][number]['config'];
};

const NOTHING: Drawn = {schedule: null, cycles: [], totalSteps: 0, config: {}};
/** Characters that a legend's entry has room for. */
const NAME_LENGTH = 80;

/** Editors replace a file when they save it: for a moment there is none. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function stateOf(file: string): string {
  try {
    const {size, mtimeMs, ino} = statSync(file);
    return `${size} ${mtimeMs} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** The mistakes of a message, one a line, each with the place that it begins with: `file:line:column: what is wrong`. */
export function mistakesIn({message}: Error, file: string): FileMistake[] {
  return message.split('\n').map((text) => {
    const [, line, column, rest] =
      (text.startsWith(`${file}:`) && text.slice(file.length).match(/^:(\d+)(?::(\d+))?: (.*)$/)) || [];
    return line === undefined
      ? {line: null, column: null, message: text}
      : {line: Number(line), column: column === undefined ? null : Number(column), message: rest!};
  });
}
