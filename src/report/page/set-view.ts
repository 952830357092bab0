import type {RunReport, RunsData} from '../report-data.js';
import {curvesParts} from './curves-part.js';
import {button, el} from './dom.js';
import {problemNote, runView} from './run-view.js';
import {runsTable, type Selection} from './runs-table.js';
import {scoresView} from './scores-view.js';

/** A set of runs: their table, their curves, parallel coordinates, scores, and one of them in full. */
export interface SetView {
  readonly element: HTMLElement;
  update(data: RunsData): void;
}

/** Curves of a workload that are shown at first. */
const FIRST_SHOWN = 10;

export function setView(): SetView {
  const numbers = new Map<string, number>();
  const selection: Selection = {shown: new Set(), listed: [], numberOf: (id) => numbers.get(id) ?? 0};
  const [title, problems, scores] = [el('h1'), el('div'), scoresView()];
  const [curves, detail] = [curvesParts(selection), detailPart()];
  const table = runsTable({selection, onChange: curves.draw, onOpen: detail.open});
  const ofRuns = el(
    'div',
    {},
    el('section', {'aria-label': 'Runs'}, el('h2', {}, 'Runs'), table.element),
    curves.element,
  );
  return {
    element: el('article', {}, title, problems, ofRuns, scores.element, detail.element),
    update(data) {
      title.textContent = data.title;
      problems.replaceChildren(...problemNote(data.problems));
      scores.update(data.scores);
      ofRuns.hidden = data.runs.length === 0;
      addNew(data.runs, {numbers, shown: selection.shown});
      table.update(data.runs);
      curves.update(data.runs);
      detail.update(data.runs);
    },
  };
}

/** Numbers runs that are new; of those that are there from the start only the first ones are shown. */
function addNew(
  runs: readonly RunReport[],
  {numbers, shown}: {readonly numbers: Map<string, number>; readonly shown: Set<string>},
): void {
  const isFirst = numbers.size === 0;
  const before = new Map<string | null, number>();
  for (const {id, workload} of runs) {
    if (numbers.has(id)) continue;
    const place = before.get(workload) ?? 0;
    before.set(workload, place + 1);
    if (!isFirst || place < FIRST_SHOWN) shown.add(id);
    numbers.set(id, numbers.size);
  }
}

/** One of the runs in full, below the others. */
function detailPart() {
  const element = el('div', {class: 'detail'});
  const view = runView(2);
  let runs: readonly RunReport[] = [];
  let opened: string | undefined;
  const close = (): void => {
    opened = undefined;
    element.replaceChildren();
    document.querySelector<HTMLElement>('table.runs .link')?.focus();
  };
  const update = (next: readonly RunReport[]): void => {
    runs = next;
    const run = runs.find(({id}) => id === opened);
    if (run) view.update(run);
  };
  return {
    element,
    update,
    open(id: string): void {
      opened = id;
      element.replaceChildren(button('Close this run', close), view.element);
      update(runs);
      element.querySelector<HTMLElement>('h2')?.focus();
      element.scrollIntoView({block: 'start'});
    },
  };
}
