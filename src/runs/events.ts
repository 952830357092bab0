import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {type Json, recordNames} from '../contract/index.js';
import {readWholeText} from '../support/index.js';
import {FILES} from './layout.js';

/** Something that happened in a run, as `events.jsonl` has it. */
export interface EventRow {
  readonly event: string;
  readonly global_step: number;
  /** ISO 8601. */
  readonly time?: string;
  readonly message?: string;
  readonly [name: string]: Json | undefined;
}

export interface ReadEvents {
  readonly events: readonly EventRow[];
  /** The numbers of the lines that are no event, from 1; a last line that is torn is none of them. */
  readonly damagedLines: readonly number[];
}

/** A run's events, the earliest first; none if there is no such file. */
export function readEvents(run: string): ReadEvents {
  const file = join(run, FILES.events);
  if (!existsSync(file)) return {events: [], damagedLines: []};
  const lines = readWholeText(file).split('\n').slice(0, -1);
  const parsed = lines.map((line) => (line.trim() === '' ? null : parsedEvent(line)));
  return {
    events: parsed.filter((event) => event !== null && event !== undefined),
    damagedLines: parsed.flatMap((event, i) => (event === undefined ? [i + 1] : [])),
  };
}

function parsedEvent(line: string): EventRow | undefined {
  try {
    const event: unknown = JSON.parse(line);
    const {event: name, global_step: step} = Object(event) as {readonly [key: string]: unknown};
    return typeof name === 'string' && typeof step === 'number' ? (event as EventRow) : undefined;
  } catch {
    return undefined;
  }
}

/** The steps at which something was reset, with the cause as text: `boundary`, `cycle 1 stopped: divergence`. */
export function resetsOf(events: readonly EventRow[]): {step: number; cause: string}[] {
  return events
    .filter(({event}) => event === recordNames.events.reset)
    .map(({global_step: step, cause: given, cycle}) => {
      const cause = typeof given === 'string' ? given : '';
      return {step, cause: cause === 'boundary' || cycle === undefined ? cause : `cycle ${cycle} stopped: ${cause}`};
    });
}
