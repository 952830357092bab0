import {seriesStyle} from '../../plots/index.js';

/** What charts are painted with; the page's own colours are in its style sheet. */
export interface Palette {
  readonly ground: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  readonly axis: string;
  readonly band: string;
  readonly boundary: string;
  readonly target: string;
  readonly series: readonly string[];
}

const LIGHT: Palette = {
  ground: '#ffffff',
  ink: '#1c2127',
  quiet: '#56606b',
  grid: '#e9ecef',
  axis: '#a5adb6',
  band: '#f1f4f7',
  boundary: '#78828c',
  target: '#2e7d32',
  series: Array.from({length: 7}, (_, i) => seriesStyle(i).color),
};

const DARK: Palette = {
  ground: '#171b20',
  ink: '#e6e9ec',
  quiet: '#a8b1bb',
  grid: '#272d34',
  axis: '#5d6873',
  band: '#1e242b',
  boundary: '#8d97a2',
  target: '#7bc67f',
  series: ['#63b3f4', '#ff9a5c', '#3ecfa0', '#e6e9ec', '#e2a3cc', '#a5d8ff', '#f3c65f'],
};

export type ThemeChoice = 'auto' | 'light' | 'dark';

let chosen: ThemeChoice = 'auto';
let isPrinting = false;
const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** The palette of the theme that is shown; on paper always the light one. */
export function palette(): Palette {
  const isDark = chosen === 'dark' || (chosen === 'auto' && systemIsDark.matches);
  return isDark && !isPrinting ? DARK : LIGHT;
}

/** Pixels of a card's chart on paper: of a set, which is printed across, of one of two beside one another there, and of a run. */
const ON_PAPER = {across: 920, half: 420, upright: 650};

/** The width to draw a chart in: its place's, but on paper, which is laid out only when the charts are drawn. */
export function drawingWidth(host: HTMLElement): number {
  if (!isPrinting || host.clientWidth === 0) return host.clientWidth;
  if (!document.querySelector('.runs')) return ON_PAPER.upright;
  return host.closest('.cards:not(.one)') ? ON_PAPER.half : ON_PAPER.across;
}

/** The palette of pictures that leave the page. */
export const PAPER = LIGHT;

export function chooseTheme(theme: ThemeChoice): void {
  chosen = theme;
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = theme;
  tell();
}

/** Calls back when colours or the medium change. */
export function onThemeChange(listener: () => void): void {
  listeners.add(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

systemIsDark.addEventListener('change', tell);
for (const [name, value] of [
  ['beforeprint', true],
  ['afterprint', false],
] as const)
  window.addEventListener(name, () => {
    isPrinting = value;
    tell();
  });
