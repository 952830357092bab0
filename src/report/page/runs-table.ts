import {NOT_OFFICIAL} from '../../scoring/index.js';
import type {RunReport} from '../report-data.js';
import {breakable, button, el, setText} from './dom.js';
import {count} from './format.js';
import {type Column, columnsOf, isAnyMarked, matches, sortedRuns} from './run-columns.js';
import {statusBadge} from './run-view.js';
import {onThemeChange} from './theme.js';
import {swatch} from './tooltip.js';

/** What the table of runs and the charts beside it share. */
export interface Selection {
  /** Ids of the runs whose curves are shown. */
  readonly shown: Set<string>;
  /** The runs that the filter lets through, in the table's order. */
  listed: readonly RunReport[];
  /** The number of a run, which selects its colour. */
  numberOf(id: string): number;
}

export interface RunsTable {
  readonly element: HTMLElement;
  update(runs: readonly RunReport[]): void;
}

interface TableOptions {
  readonly selection: Selection;
  /** The filter, the order, or what is shown, has changed. */
  readonly onChange: () => void;
  readonly onOpen: (id: string) => void;
}

/** The elements of a table of runs, and what they show. */
interface TableState extends TableOptions {
  readonly header: HTMLElement;
  readonly body: HTMLElement;
  readonly status: HTMLElement;
  /** What the mark of times means; hidden where no time has it. */
  readonly markNote: HTMLElement;
  runs: readonly RunReport[];
  columns: readonly Column[];
  sort: {readonly name: string; readonly isDescending: boolean} | undefined;
  filter: string;
}

/** The first column after the check boxes. */
const NAME: Column = {name: 'Run', cellOf: ({name}) => name, textOf: String, isNumeric: false};

/** A table of runs that is sorted by its headers and filtered by words; check boxes show and hide curves. */
export function runsTable(options: TableOptions): RunsTable {
  const state: TableState = {
    ...options,
    header: el('tr'),
    body: el('tbody'),
    status: el('p', {class: 'quiet', role: 'status'}),
    markNote: el('p', {class: 'note'}, `${NOT_OFFICIAL} not official; a run says why when it is opened`),
    runs: [],
    columns: [],
    sort: undefined,
    filter: '',
  };
  onThemeChange(() => drawBody(state));
  const label = {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of runs'};
  const table = el('table', {class: 'runs'}, el('thead', {}, state.header), state.body);
  return {
    element: el('div', {}, controlsOf(state), el('div', label, table), state.markNote),
    update(runs) {
      const before = state.columns.map(({name}) => name).join('\n');
      state.runs = runs;
      state.columns = [NAME, ...columnsOf(runs)];
      if (before !== state.columns.map(({name}) => name).join('\n')) drawHeader(state);
      drawBody(state);
    },
  };
}

/** Draws the rows, and the charts of them. */
function redraw(state: TableState): void {
  drawBody(state);
  state.onChange();
}

function controlsOf(state: TableState): HTMLElement {
  const input = el('input', {type: 'search', placeholder: 'words in a row'});
  input.addEventListener('input', () => {
    state.filter = input.value.trim();
    redraw(state);
  });
  const show = (isShown: boolean) => () => {
    const {listed, shown} = state.selection;
    for (const {id} of listed)
      if (isShown) shown.add(id);
      else shown.delete(id);
    redraw(state);
  };
  return el(
    'div',
    {class: 'controls'},
    el('label', {class: 'field'}, el('span', {}, 'Filter'), input),
    button('Show all', show(true)),
    button('Show none', show(false)),
    state.status,
  );
}

function drawHeader(state: TableState): void {
  const headers = state.columns.map(({name, isNumeric}) => {
    const sortBy = (): void => {
      const isDescending = state.sort?.name === name && !state.sort.isDescending;
      state.sort = {name, isDescending};
      for (const header of headers) header.setAttribute('aria-sort', 'none');
      header.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
      redraw(state);
    };
    const order = state.sort?.name !== name ? 'none' : state.sort.isDescending ? 'descending' : 'ascending';
    const attributes = {scope: 'col', class: isNumeric ? 'number' : null, 'aria-sort': order};
    const sorter = button('', sortBy);
    sorter.replaceChildren(...breakable(name));
    const header = el('th', attributes, sorter);
    return header;
  });
  state.header.replaceChildren(el('th', {scope: 'col'}, 'Curve'), ...headers);
}

function drawBody(state: TableState): void {
  const {runs, columns, sort, filter, selection, body} = state;
  const column = columns.find(({name}) => name === sort?.name);
  const filtered = runs.filter((run) => matches(run, columns, filter));
  selection.listed = column ? sortedRuns(filtered, column.cellOf, sort!.isDescending) : filtered;
  state.markNote.hidden = !isAnyMarked(selection.listed);
  const focused = document.activeElement?.getAttribute('data-key');
  body.replaceChildren(...selection.listed.map((run) => row(run, state)));
  const keyed = focused ? [...body.querySelectorAll<HTMLElement>('[data-key]')] : [];
  keyed.find(({dataset}) => dataset.key === focused)?.focus();
  setText(state.status, `${count(selection.listed.length)} of ${count(runs.length)} runs`);
}

function row(run: RunReport, {columns, selection, onChange, onOpen}: TableState): HTMLElement {
  const box = el('input', {type: 'checkbox', 'aria-label': `Curve of ${run.name}`, 'data-key': `curve ${run.id}`});
  box.checked = selection.shown.has(run.id);
  box.addEventListener('change', () => {
    if (box.checked) selection.shown.add(run.id);
    else selection.shown.delete(run.id);
    onChange();
  });
  const open = button(run.name, () => onOpen(run.id), {class: 'link', 'data-key': `open ${run.id}`});
  const incomplete = run.problems.length > 0 && el('span', {class: 'mark'}, 'incomplete');
  const cells = columns.slice(1).map(({name, cellOf, textOf, isNumeric}) => {
    const value = cellOf(run);
    const content = name === 'Status' ? [statusBadge(run)] : breakable(textOf(value, run));
    return el('td', {class: isNumeric ? 'number' : null}, ...content);
  });
  return el(
    'tr',
    {},
    el('td', {}, el('span', {class: 'curve'}, box, swatch({style: selection.numberOf(run.id)}))),
    el('th', {scope: 'row'}, open, incomplete),
    ...cells,
  );
}
