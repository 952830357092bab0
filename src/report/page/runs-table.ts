import type {RunReport} from '../report-data.js';
import {button, el} from './dom.js';
import {count} from './format.js';
import {type Column, columnsOf, matches, sortedRuns} from './run-columns.js';
import {statusBadge} from './run-view.js';
import {onThemeChange} from './theme.js';
import {swatch} from './tooltip.js';

/** What the table of runs and the charts beside it share. */
export interface Selection {
  /** Ids of the runs whose curves are shown. */
  readonly shown: Set<string>;
  /** The runs that the filter lets through, in the table's order. */
  listed: readonly RunReport[];
  /** The number of a run, which its colour goes by. */
  numberOf(id: string): number;
}

export interface RunsTable {
  readonly element: HTMLElement;
  update(runs: readonly RunReport[]): void;
}

interface TableOptions {
  readonly selection: Selection;
  /** The filter, or what is shown, has changed. */
  readonly onChange: () => void;
  readonly onOpen: (id: string) => void;
}

/** A table of runs that is sorted by its headers and filtered by words; check boxes show and hide curves. */
export function runsTable({selection, onChange, onOpen}: TableOptions): RunsTable {
  let runs: readonly RunReport[] = [];
  let columns: Column[] = [];
  let sort: {name: string; isDescending: boolean} | undefined;
  let filter = '';
  const input = el('input', {type: 'search', placeholder: 'e.g. adamw complete 0.001'});
  const told = el('p', {class: 'quiet', role: 'status'});
  const header = el('tr');
  const body = el('tbody');
  const showNone = button('Show none', () => show(false));
  const showAll = button('Show all', () => show(true));

  function show(isShown: boolean): void {
    for (const {id} of selection.listed) {
      if (isShown) selection.shown.add(id);
      else selection.shown.delete(id);
    }
    drawBody();
    onChange();
  }

  input.addEventListener('input', () => {
    filter = input.value.trim();
    drawBody();
    onChange();
  });

  function drawHeader(): void {
    header.replaceChildren(
      el('th', {scope: 'col'}, 'Curve'),
      sortHeader('Run', false),
      ...columns.map(({name, isNumeric}) => sortHeader(name, isNumeric)),
    );
  }

  function sortHeader(name: string, isNumeric: boolean): HTMLElement {
    const cell = el('th', {scope: 'col', class: isNumeric ? 'number' : null, 'aria-sort': sortOf(name)});
    cell.append(
      button(name, () => {
        sort = {name, isDescending: sort?.name === name ? !sort.isDescending : false};
        for (const [i, other] of [...header.children].slice(1).entries())
          other.setAttribute('aria-sort', sortOf(i === 0 ? 'Run' : columns[i - 1]!.name));
        drawBody();
        onChange();
      }),
    );
    return cell;
  }

  const sortOf = (name: string) => (sort?.name !== name ? 'none' : sort.isDescending ? 'descending' : 'ascending');

  function drawBody(): void {
    const cellOf =
      sort?.name === 'Run' ? ({name}: RunReport) => name : columns.find(({name}) => name === sort?.name)?.cellOf;
    const filtered = runs.filter((run) => matches(run, columns, filter));
    selection.listed = cellOf ? sortedRuns(filtered, cellOf, sort!.isDescending) : filtered;
    const focused = document.activeElement?.getAttribute('data-key');
    body.replaceChildren(...selection.listed.map(row));
    if (focused)
      [...body.querySelectorAll<HTMLElement>('[data-key]')].find((each) => each.dataset.key === focused)?.focus();
    const text = `${count(selection.listed.length)} of ${count(runs.length)} runs`;
    if (told.textContent !== text) told.textContent = text;
  }

  function row(run: RunReport): HTMLElement {
    const box = el('input', {type: 'checkbox', 'aria-label': `Curve of ${run.name}`, 'data-key': `curve ${run.id}`});
    box.checked = selection.shown.has(run.id);
    box.addEventListener('change', () => {
      if (box.checked) selection.shown.add(run.id);
      else selection.shown.delete(run.id);
      onChange();
    });
    return el(
      'tr',
      {},
      el('td', {}, el('span', {class: 'curve'}, box, swatch({style: selection.numberOf(run.id)}))),
      el(
        'th',
        {scope: 'row'},
        button(run.name, () => onOpen(run.id), {class: 'link', 'data-key': `open ${run.id}`}),
        run.problems.length > 0 && el('span', {class: 'mark'}, 'incomplete'),
      ),
      ...columns.map(({name, cellOf, textOf, isNumeric}) => {
        const value = cellOf(run);
        const content = name === 'Status' ? statusBadge(String(value)) : textOf(value);
        return el('td', {class: isNumeric ? 'number' : null}, content);
      }),
    );
  }

  onThemeChange(drawBody);

  return {
    element: el(
      'div',
      {},
      el(
        'div',
        {class: 'controls'},
        el('label', {class: 'field'}, el('span', {}, 'Filter'), input),
        showAll,
        showNone,
        told,
      ),
      el(
        'div',
        {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs'},
        el('table', {class: 'runs'}, el('thead', {}, header), body),
      ),
    ),
    update(next) {
      runs = next;
      const before = columns.map(({name}) => name).join('\n');
      columns = columnsOf(runs);
      if (header.childElementCount === 0 || before !== columns.map(({name}) => name).join('\n')) drawHeader();
      drawBody();
    },
  };
}
