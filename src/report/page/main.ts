import type {PageData, RunsData} from '../report-data.js';
import {button, el} from './dom.js';
import {moment} from './format.js';
import {runView} from './run-view.js';
import {schedulesView} from './schedules-view.js';
import {setView} from './set-view.js';
import {chooseTheme, type ThemeChoice} from './theme.js';

/** Shows data, and what comes after it. */
function viewOf(data: PageData): {element: HTMLElement; update(data: PageData): void} {
  if (data.kind === 'schedules') return schedulesView() as ReturnType<typeof viewOf>;
  if (data.runs.length !== 1 || data.scores) return setView() as ReturnType<typeof viewOf>;
  const view = runView(1);
  return {element: view.element, update: (next) => view.update((next as RunsData).runs[0]!)};
}

const NEXT_THEME: {readonly [theme in ThemeChoice]: ThemeChoice} = {auto: 'light', light: 'dark', dark: 'auto'};

function themeButton(): HTMLButtonElement {
  let theme: ThemeChoice = 'auto';
  const made = button('Theme: auto', () => {
    theme = NEXT_THEME[theme];
    made.textContent = `Theme: ${theme}`;
    chooseTheme(theme);
  });
  return made;
}

function start(): void {
  let data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
  const isLive = document.documentElement.hasAttribute('data-live');
  const main = document.querySelector('main')!;
  const live = el('span', {class: 'live', role: 'status'}, isLive ? 'live' : '');
  const footer = el('p');
  document.querySelector('header')!.append(live, themeButton());
  document.querySelector('footer')!.append(footer);
  let view = viewOf(data);
  const show = (): void => {
    document.title = `${data.title} · algoperf-ts`;
    footer.textContent = `Made ${moment(data.made)} by algoperf-ts ${data.version}.`;
    view.update(data);
  };
  main.replaceChildren(view.element);
  show();
  if (!isLive) return;
  const events = new EventSource('events');
  events.addEventListener('data', (event) => {
    const before = shapeOf(data);
    data = JSON.parse(event.data) as PageData;
    if (shapeOf(data) !== before) {
      view = viewOf(data);
      main.replaceChildren(view.element);
    }
    show();
  });
  events.addEventListener('problem', (event) => {
    live.textContent = `not up to date: ${JSON.parse(event.data)}`;
  });
  events.addEventListener('open', () => {
    live.textContent = 'live';
  });
  events.addEventListener('error', () => {
    live.textContent = 'not connected';
  });
}

/** Data of another shape is shown by another view. */
function shapeOf(data: PageData): string {
  return data.kind === 'runs' ? String(data.runs.length === 1 && !data.scores) : data.kind;
}

start();
