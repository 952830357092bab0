import type {RunEvent, Setting} from '../report-data.js';
import {el} from './dom.js';
import {count, moment, words} from './format.js';

/** Keys and values; those that were changed on the command line are marked. */
export function settingsTable(settings: readonly Setting[], changed: readonly Setting[] = []): HTMLElement {
  const keys = new Set(changed.map(([key]) => key));
  return el(
    'table',
    {class: 'settings'},
    el(
      'tbody',
      {},
      ...settings.map(([key, value]) =>
        el(
          'tr',
          {},
          el('th', {scope: 'row'}, key),
          el('td', {}, value, keys.has(key) && el('span', {class: 'mark'}, 'set on the command line')),
        ),
      ),
    ),
  );
}

export function eventsTable(events: readonly RunEvent[], leftOut: number): HTMLElement {
  const half = Math.ceil(events.length / 2);
  const rows = events.map(({time, step, name, message}) =>
    el(
      'tr',
      {},
      el('td', {class: 'number'}, step === null ? '–' : count(step)),
      el('td', {}, words(name)),
      el('td', {class: 'message'}, message),
      el('td', {class: 'time'}, moment(time)),
    ),
  );
  const gap = el(
    'tr',
    {},
    el('td', {colspan: 4, class: 'quiet'}, `${count(leftOut)} events are left out here; events.jsonl has them`),
  );
  return el(
    'div',
    {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of events'},
    el(
      'table',
      {class: 'events'},
      el(
        'thead',
        {},
        el('tr', {}, ...['Step', 'Event', 'What happened', 'When'].map((name) => el('th', {scope: 'col'}, name))),
      ),
      el('tbody', {}, ...(leftOut > 0 ? [...rows.slice(0, half), gap, ...rows.slice(half)] : rows)),
    ),
  );
}
