import type {ScoreReport, ScoreTable} from '../report-data.js';
import {breakable, el} from './dom.js';
import {exact} from './format.js';
import {lineCard} from './line-card.js';
import {problemNote} from './run-view.js';

/** Profiles, times and scores of submissions; hidden where there are none. */
export function scoresView(): {readonly element: HTMLElement; update(scores: ScoreReport | null): void} {
  const tables = el('div');
  const notes = el('div');
  const profiles = lineCard({
    height: 340,
    note: 'The share of workloads that a submission trains within a multiple of the fastest time: higher is better.',
  });
  const element = el(
    'section',
    {'aria-label': 'Scores'},
    el('h2', {}, 'Scores'),
    notes,
    tables,
    el('div', {class: 'cards one'}, profiles.element),
  );
  return {
    element,
    update(scores) {
      element.hidden = scores === null;
      if (!scores) return;
      notes.replaceChildren(...problemNote(scores.notes, 'Runs that are missing, failed or short'));
      tables.replaceChildren(...scores.tables.map(scoreTable));
      const {tau, shares} = scores.profiles;
      profiles.update({
        title: 'Performance profiles',
        xTitle: 'Time, as a multiple of the fastest',
        yTitle: 'Share of workloads',
        isLog: false,
        isStepped: true,
        from: 1,
        yDomain: [0, 1.02],
        lines: Object.entries(shares).map(([name, y], style) => ({name, style, x: tau, y})),
      });
    },
  };
}

function scoreTable({title, note, columns, rows}: ScoreTable): HTMLElement {
  const cell = (value: string | number | null, i: number) => {
    const text = typeof value === 'string' ? value : exact(value);
    return i === 0 ? el('th', {scope: 'row'}, ...breakable(text)) : el('td', {}, text);
  };
  return el(
    'div',
    {class: 'score-table'},
    el('h3', {}, title),
    note !== '' && el('p', {class: 'note'}, note),
    el(
      'div',
      {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Table of ${title.toLowerCase()}`},
      el(
        'table',
        {class: 'figures'},
        el('thead', {}, el('tr', {}, ...columns.map((name) => el('th', {scope: 'col'}, ...breakable(name))))),
        el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map(cell)))),
      ),
    ),
  );
}
