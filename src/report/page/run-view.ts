import {NOT_OFFICIAL} from '../../scoring/index.js';
import type {RunReport} from '../report-data.js';
import {type CurveOptions, curveControls} from './controls.js';
import {el} from './dom.js';
import {count, duration, moment, short} from './format.js';
import {type LineCard, lineCard} from './line-card.js';
import type {LineChart} from './line-chart.js';
import {lossChart, metricCharts, scheduleChart, stoppingCharts, throughputChart} from './run-charts.js';
import {timeText} from './run-columns.js';
import {eventsTable, settingsTable} from './tables.js';

/** Everything about one run. */
export interface RunView {
  readonly element: HTMLElement;
  update(run: RunReport): void;
}

/** @param level - of its heading: 1 where the page is about this run alone */
export function runView(level: 1 | 2): RunView {
  const head = el('div', {class: 'run-head'});
  const facts = el('dl', {class: 'facts'});
  const problems = el('div');
  const options: CurveOptions = {x: 'steps', isLog: true, smoothing: 0};
  let run: RunReport | undefined;
  const redraw = () => run && drawCurves(run);
  const losses = cardList();
  const schedule = cardList();
  const stopping = cardList();
  const throughput = cardList();
  const settings = el('div');
  const environment = el('div');
  const events = el('div');

  function drawCurves(of: RunReport): void {
    losses.update([lossChart(of, options), ...metricCharts(of, options)]);
    throughput.update([throughputChart(of, options)]);
  }

  const parts = {
    training: section('Training', curveControls(options, redraw, 'Logarithmic loss'), losses.element),
    schedule: section('Schedule', schedule.element),
    stopping: section('Early stopping', stopping.element),
    throughput: section('Throughput', throughput.element),
    settings: section('Settings', settings),
    environment: section('Environment', environment),
    events: section('Events', events),
  };

  return {
    element: el('article', {class: 'run'}, head, problems, facts, ...Object.values(parts)),
    update(next) {
      run = next;
      head.replaceChildren(...heading(next, level));
      problems.replaceChildren(...problemNote(next.problems));
      facts.replaceChildren(...factsOf(next));
      drawCurves(next);
      schedule.update([scheduleChart(next)]);
      stopping.update(stoppingCharts(next));
      parts.stopping.replaceChildren(
        el('h2', {}, 'Early stopping'),
        el('p', {class: 'note'}, next.stopping?.isEnabled ? STOPPING_ON : STOPPING_OFF),
        stopping.element,
      );
      parts.stopping.hidden = next.stopping === null;
      parts.throughput.hidden = next.throughput.steps.length === 0;
      settings.replaceChildren(settingsTable(next.settings, next.overrides));
      environment.replaceChildren(settingsTable(next.environment));
      parts.events.hidden = next.events.length === 0;
      events.replaceChildren(eventsTable(next.events, next.eventsLeftOut));
    },
  };
}

const STOPPING_ON =
  'What decided at each evaluation, worked out from the recorded losses. Above a threshold, a cycle is stopped.';
const STOPPING_OFF = 'Early stopping was off: this is what it would have been decided by.';

function section(title: string, ...children: Node[]): HTMLElement {
  return el('section', {'aria-label': title}, el('h2', {}, title), ...children);
}

/** Charts beside one another, which stay as they are when others come. */
function cardList(): {element: HTMLElement; update(charts: readonly LineChart[]): void} {
  const element = el('div', {class: 'cards'});
  const cards = new Map<string, LineCard>();
  return {
    element,
    update(charts) {
      for (const chart of charts) {
        const card = cards.get(chart.title) ?? lineCard();
        if (!cards.has(chart.title)) element.append(card.element);
        cards.set(chart.title, card);
        card.update(chart);
      }
    },
  };
}

function heading(run: RunReport, level: 1 | 2): Node[] {
  const about = [
    run.workload,
    run.submission,
    run.seed === null ? null : `seed ${run.seed}`,
    run.backend,
    `begun ${moment(run.begun)}`,
  ];
  return [
    el('div', {class: 'title-row'}, el(`h${level}`, {tabindex: -1}, run.name), statusBadge(run)),
    el('p', {class: 'about'}, about.filter(Boolean).join(' · ')),
    ...(run.ending ? [el('p', {class: 'quiet'}, run.ending)] : []),
  ];
}

/** A run's status: as text, so that nothing depends on its colour. */
export function statusBadge({status, statusInWords}: RunReport): HTMLElement {
  return el('span', {class: `badge badge-${status.replaceAll('_', '-')}`}, statusInWords);
}

export function problemNote(problems: readonly string[], title = 'What is missing'): Node[] {
  if (problems.length === 0) return [];
  return [
    el(
      'div',
      {class: 'problems', role: 'note', 'aria-label': title},
      el('strong', {}, title),
      el('ul', {}, ...problems.map((problem) => el('li', {}, problem))),
    ),
  ];
}

function factsOf(run: RunReport): Node[] {
  const {target, best, timeToTarget} = run;
  const goal = target ? `${target.metric} ${target.goal === 'maximize' ? 'above' : 'below'} ${target.validation}` : '';
  const speed = run.submissionSeconds > 0 ? run.globalStep / run.submissionSeconds : null;
  const official = run.official === null ? '–' : run.official ? 'yes' : 'no';
  return [
    fact(
      'Time to target',
      timeToTarget ? timeText(timeToTarget.seconds, run) : 'not reached',
      timeToTarget
        ? `at step ${count(timeToTarget.step)}; ${goal}${run.official ? '' : `; ${NOT_OFFICIAL} not official`}`
        : goal,
    ),
    fact(
      `Best validation ${target?.metric ?? 'value'}`,
      best ? short(best.value) : '–',
      best ? `at step ${count(best.step)}` : 'no evaluation yet',
    ),
    fact('Steps', count(run.globalStep), `${run.resets.length} ${run.resets.length === 1 ? 'reset' : 'resets'}`),
    fact(
      'Training time',
      duration(run.submissionSeconds),
      speed === null
        ? ''
        : `${speed < 1000 ? Number(speed.toPrecision(3)) : count(Math.round(speed))} steps per second`,
    ),
    fact('Official', official, run.notOfficialBecause.join('; ')),
  ];
}

function fact(name: string, value: string, note: string): HTMLElement {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value), el('dd', {class: 'fact-note'}, note));
}
