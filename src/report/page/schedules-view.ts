import type {FileMistake, PlannedFile, SchedulesData} from '../report-data.js';
import {el} from './dom.js';
import {count} from './format.js';
import {lineCard} from './line-card.js';
import type {LineChart} from './line-chart.js';

/** Schedules beside the configs that make them, with each mistake at its line. */
export function schedulesView(): {readonly element: HTMLElement; update(data: SchedulesData): void} {
  const title = el('h1');
  const status = el('p', {role: 'status', class: 'about'});
  const card = lineCard({height: 380});
  const sources = el('div', {class: 'sources'});
  return {
    element: el(
      'article',
      {},
      title,
      status,
      el('h2', {}, 'Schedule'),
      el('div', {class: 'cards one'}, card.element),
      sources,
    ),
    update(data) {
      title.textContent = data.title;
      const text = statusOf(data.files);
      if (status.textContent !== text) status.textContent = text;
      card.update(chartOf(data.files));
      sources.replaceChildren(...data.files.map(source));
    },
  };
}

function statusOf(files: readonly PlannedFile[]): string {
  const mistakes = files.reduce((sum, file) => sum + file.mistakes.length, 0);
  if (mistakes === 0) return 'No mistakes. The page follows the file whenever it is saved.';
  const isDrawn = files.some(({schedule}) => schedule !== null);
  const shown = isDrawn ? 'the last schedule without mistakes is shown' : 'no schedule can be drawn yet';
  return `${count(mistakes)} ${mistakes === 1 ? 'mistake' : 'mistakes'}: ${shown}.`;
}

function chartOf(files: readonly PlannedFile[]): LineChart {
  const drawn = files.filter(({schedule}) => schedule !== null);
  return {
    title: 'Learning rate',
    xTitle: 'Global steps',
    yTitle: 'Learning rate',
    isLog: false,
    lines: drawn.map(({name, schedule}, i) => ({
      name,
      style: drawn.length === 1 ? 'rate' : i,
      x: schedule!.steps,
      y: schedule!.rates,
    })),
    ...(drawn.length === 1 && {
      bands: drawn[0]!.cycles,
      marks: drawn[0]!.cycles.map(({start, label}) => ({x: start, label})),
    }),
  };
}

function source({file, text, mistakes}: PlannedFile): HTMLElement {
  const lines = text.replace(/\n$/, '').split('\n');
  const unplaced = mistakes.filter(({line}) => line === null || line > lines.length);
  return el(
    'section',
    {'aria-label': file},
    el('h2', {}, file),
    ...unplaced.map((mistake) => mistakeNote(mistake, mistake.line)),
    el(
      'ol',
      {class: 'source', tabindex: 0, 'aria-label': `Lines of ${file}`},
      ...lines.flatMap((line, i) => {
        const ofLine = mistakes.filter((mistake) => mistake.line === i + 1);
        return [
          el(
            'li',
            {class: ofLine.length > 0 ? 'wrong' : null},
            el('code', {}, line === '' ? ' ' : line),
            ...ofLine.map((mistake) => mistakeNote(mistake)),
          ),
        ];
      }),
    ),
  );
}

/** @param line - where the note does not stand beside its line */
function mistakeNote({column, message}: FileMistake, line: number | null = null): HTMLElement {
  const place = [line === null ? [] : `line ${line}`, column === null ? [] : `column ${column}`].flat().join(', ');
  return el('p', {class: 'mistake'}, place === '' ? message : `${place}: ${message}`);
}
