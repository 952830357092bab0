import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import axe from 'axe-core';
import type {Locator, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readReport, readScores, reportHtml, type SchedulesData} from '../../src/report/index.js';

import {listRuns, readTable} from '../../src/runs/index.js';
import {chromiumPath, oneBrowser} from '../helpers/browser.js';
import {dataOf, HOSTILE, writeReport, writeWholeRun} from './runs.js';

const open = oneBrowser();
let folder = '';
let [one, set] = ['', ''];
let run = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-page-'));
  const [alone, many] = [join(folder, 'alone'), join(folder, 'many')];
  run = writeWholeRun(alone, {experiment: 'three-cycles'});
  one = writeReport(alone);
  for (const [i, accuracies] of [
    [0.2, 0.9, 0.98],
    [0.3, 0.7],
    [0.4, 0.95, 0.96],
  ].entries())
    writeWholeRun(many, {experiment: `run-${i + 1}`, accuracies, config: {hyperparameters: {learning_rate: 0.1 ** i}}});
  set = writeReport(many);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** What axe finds, as rule and element. */
async function findingsIn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const {violations} = await page.evaluate(() => (globalThis as unknown as {axe: typeof axe}).axe.run());
  return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
}

/** The lines that a chart has, by the order of its drawing. */
const pathsOf = (page: Page, chart: string) => page.locator(`figure:has-text("${chart}") .mark-line path`).count();

/** Looks at a page in all sizes and colours, after what is done on it. */
async function expectFine(url: string, act = async (_page: Page): Promise<void> => {}): Promise<void> {
  const {page, errors} = await open(url);
  await page.locator('.plot svg').first().waitFor();
  await act(page);
  for (const width of [390, 1440])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({width, height: 900});
      await page.emulateMedia({colorScheme});
      const findings = await findingsIn(page);
      expect(findings, `${width} ${colorScheme}`).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  expect(errors).toEqual([]);
  await page.close();
}

describe.skipIf(!chromiumPath)('in Chromium, the page of a run', () => {
  test('draws its charts, has no error and asks the network for nothing', async () => {
    const {page, errors, requests} = await open(one);
    await page.locator('.plot svg').first().waitFor();
    const titles = await page.locator('figure h3').allTextContents();
    expect(titles).toEqual([
      'Loss',
      'Accuracy',
      'Learning rate',
      'Divergence: rise of the smoothed loss',
      'Stagnation: where the loss is heading',
      'Throughput',
    ]);
    for (const title of titles) expect(await pathsOf(page, title), title).toBeGreaterThan(0);
    expect([errors, requests]).toEqual([[], []]);
    expect(await page.locator('.problems').count()).toBe(0);
    await page.close();
  });

  test('has nothing that axe finds, and is no wider than its window, at both widths, light and dark', async () => {
    await expectFine(one);
  });

  test('shows the value in the CSV under the pointer, and by the keyboard', async () => {
    const {page} = await open(one);
    const chart = page.locator('figure:has-text("Accuracy")');
    await chart.locator('.plot svg').waitFor();
    const plot = chart.locator('.plot');
    const rows = readTable(join(run, 'eval_measurements.csv'));
    const cellOf = (row: (typeof rows)[number], split: string) => String(Number(row[`${split}/accuracy`]));
    await plot.hover({position: {x: (await plot.boundingBox())!.width - 2, y: 100}});
    const tip = chart.locator('.tip');
    expect(await tip.locator('.tip-head').textContent()).toBe('step 51');
    expect(await tip.locator('.tip-row').allTextContents()).toEqual(
      ['train', 'validation', 'test'].map((split) => `${split}${cellOf(rows.at(-1)!, split)}`),
    );
    await page.mouse.move(0, 0);
    expect(await tip.isVisible()).toBe(false);
    await plot.focus();
    await page.keyboard.press('Home');
    for (const row of rows) {
      const text = await plot.getAttribute('aria-valuetext');
      expect(text).toContain(`step ${row.global_step}: `);
      expect(text).toContain(`validation ${cellOf(row, 'validation')}`);
      await page.keyboard.press('ArrowRight');
    }
    await page.close();
  });

  test('shows and hides lines, smooths, shows them by time, has its values as a table', async () => {
    const {page, errors} = await open(one);
    await page.locator('.plot svg').first().waitFor();
    const chart = page.locator('figure:has-text("Accuracy")');
    const before = await pathsOf(page, 'Accuracy');
    await chart.getByLabel('test').uncheck();
    expect(await pathsOf(page, 'Accuracy')).toBe(before - 1);
    await page.getByRole('combobox', {name: 'By'}).selectOption('seconds');
    expect(await chart.locator('.plot').getAttribute('aria-label')).toContain('by Seconds of the submission');
    await page.getByLabel('Smoothing').fill('0.5');
    expect(await pathsOf(page, 'Accuracy')).toBe(2 * (before - 1));
    await page.getByLabel('Smoothing').fill('0');
    await chart.getByRole('button', {name: 'Data of Accuracy'}).click();
    const last = chart.locator('tbody tr').last();
    expect(await last.locator('td').allTextContents()).toEqual(['0.98', '0.98']);
    expect(errors).toEqual([]);
    await page.close();
  });

  test('hands out each chart as PNG and as SVG, with title and legend', async () => {
    const {page, errors} = await open(one);
    await page.locator('.plot svg').first().waitFor();
    for (const kind of ['PNG', 'SVG']) {
      const waiting = page.waitForEvent('download');
      await page.getByRole('button', {name: `${kind} of Loss`}).click();
      const download = await waiting;
      expect(download.suggestedFilename()).toBe(`Loss.${kind.toLowerCase()}`);
      const bytes = readFileSync(await download.path());
      if (kind === 'PNG') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      else for (const text of ['Loss', 'validation', 'Global steps']) expect(bytes.toString()).toContain(`>${text}<`);
    }
    expect(errors).toEqual([]);
    await page.close();
  });

  test('is reached by the keyboard in all its controls', async () => {
    const {page} = await open(one);
    await page.locator('.plot svg').first().waitFor();
    const controls = 'button, input, select, [tabindex="0"]';
    const count = await page.locator(controls).count();
    const reached = new Set<number>();
    for (let i = 0; i < count; i++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(`[...document.querySelectorAll('${controls}')].indexOf(document.activeElement)`));
    }
    expect(reached).toEqual(new Set(Array.from({length: count}, (_, i) => i)));
    await page.close();
  });

  test('has hostile names as text, and says what is missing', async () => {
    const hostile = join(folder, 'hostile');
    const path = writeWholeRun(hostile, {experiment: 'a', config: {name: HOSTILE}, isOver: false});
    writeFileSync(join(path, 'eval_measurements.csv'), 'global_step,"validation/accu');
    const file = join(hostile, 'report.html');
    writeFileSync(
      file,
      reportHtml({...dataOf(hostile, HOSTILE), runs: dataOf(hostile).runs.map((each) => ({...each, name: HOSTILE}))}),
    );
    const {page, errors} = await open(`file://${file}`);
    expect(await page.locator('h1').textContent()).toBe(HOSTILE);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.problems li').allTextContents()).toContain(
      'result.json is missing: the run was interrupted',
    );
    expect(errors).toEqual([]);
    await page.close();
  });

  test('is printed in light colours', async () => {
    const {page} = await open(one, {colorScheme: 'dark'});
    await page.locator('.plot svg').first().waitFor();
    const fills = () => page.locator('.plot svg text').first().getAttribute('fill');
    const dark = await fills();
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await fills()).not.toBe(dark);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await fills()).toBe(dark);
    await page.close();
  });
});

/** No line crosses a label of the first axis or the last one. */
async function expectLabelsOutside(card: Locator): Promise<void> {
  const boxes = (marks: string) =>
    card.locator(marks).evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
  const lines = await boxes('.mark-line path');
  const [left, right] = [Math.min(...lines.map((box) => box.left)), Math.max(...lines.map((box) => box.right))];
  const top = Math.min(...lines.map((box) => box.top));
  // The names of the axes are above.
  const labels = (await boxes('.mark-text text')).filter((box) => box.top > top - 15);
  expect(labels.filter((label) => label.right < left).length).toBeGreaterThan(1);
  expect(labels.filter((label) => label.left > right).length).toBeGreaterThan(1);
  expect(labels.filter((label) => label.right >= left && label.left <= right)).toEqual([]);
}

const BEST_VALUES = 'Best values by hyperparameter';

/** The page of four runs that differ in a number and a text. */
function hyperparameters(): string {
  const experiments = mkdtempSync(join(folder, 'outcomes-'));
  for (const [i, [learning_rate, method]] of [
    [0.1, 'none'],
    [0.1, 'reinit'],
    [0.2, 'none'],
    [0.2, 'reinit'],
  ].entries())
    writeWholeRun(experiments, {
      experiment: `run-${i}`,
      isOver: false,
      accuracies: [0.2, learning_rate === 0.1 ? 0.9 : 0.8],
      config: {hyperparameters: {learning_rate}, reset: {method}},
    });
  return writeReport(experiments);
}

describe.skipIf(!chromiumPath)('in Chromium, the page of runs', () => {
  test('has nothing that axe finds, and is no wider than its window, at both widths, light and dark', async () => {
    await expectFine(set);
  });

  test('nor in the scores, and in a run that is opened', async () => {
    const scored = join(folder, 'scored');
    for (const experiment of ['constructor', 'b'])
      writeWholeRun(scored, {
        experiment,
        config: {submission: experiment},
        notOfficialBecause: experiment === 'b' ? ['doubted'] : [],
      });
    const scores = await readScores(scored);
    const page = readReport({title: 'scored', experimentDir: scored, runs: listRuns(scored), scores});
    writeFileSync(join(scored, 'report.html'), reportHtml(page));
    await expectFine(`file://${join(scored, 'report.html')}`, async (page) => {
      expect(await page.getByRole('heading', {name: 'Performance profiles'}).count()).toBe(1);
      expect(await pathsOf(page, 'validation/accuracy')).toBe(2);
      const rows = page.locator('table.runs tbody tr');
      expect(await rows.filter({hasText: ' s†'}).locator('th').allTextContents()).toEqual(['b']);
      const note = page.getByText('† not official');
      expect(await note.isVisible()).toBe(true);
      await page.getByLabel('Filter', {exact: true}).fill('constructor');
      expect(await note.isVisible()).toBe(false);
      await page.getByLabel('Filter', {exact: true}).fill('');
      await page.getByRole('button', {name: 'b', exact: true}).click();
      await page.locator('.detail .plot svg').first().waitFor();
    });
  });

  test('nor in a schedule beside its config', async () => {
    const file = {name: 'a', file: 'a.yaml', text: 'batch_size: 3\n', totalSteps: 2, cycles: []};
    const mistakes = [{line: 1, column: 2, message: 'too small'}];
    const schedule = {steps: [0, 1, 2], rates: [0, 1, 0]};
    const data: SchedulesData = {
      kind: 'schedules',
      title: 'a.yaml',
      version: '1',
      made: '',
      files: [{...file, mistakes, schedule}],
    };
    const path = join(folder, 'schedule.html');
    writeFileSync(path, reportHtml(data));
    await expectFine(`file://${path}`);
  });

  test('hands out each of its charts as PNG and as SVG, and its values as a table', async () => {
    const {page, errors} = await open(hyperparameters());
    await page.locator('.plot svg').first().waitFor();
    const figures = page.locator('figure:visible');
    const titles = await figures.locator('h3').allTextContents();
    expect(titles).toEqual(['validation/accuracy', 'Hyperparameters and best values', BEST_VALUES]);
    for (const [i, title] of titles.entries()) {
      const figure = figures.nth(i);
      const named = (kind: string) => figure.getByRole('button', {name: new RegExp(`^${kind} of ${title}$`, 'i')});
      for (const kind of ['PNG', 'SVG']) {
        const waiting = page.waitForEvent('download');
        await named(kind).click();
        const bytes = readFileSync(await (await waiting).path());
        if (kind === 'PNG') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
        else expect(bytes.toString(), title).toContain(`>${title}<`);
      }
      await named('Data').click();
      const values = figure.getByRole('region', {name: new RegExp(`^Values of ${title}$`, 'i')});
      expect(await values.locator('tbody tr').count(), title).toBeGreaterThan(1);
      await named('Data').click();
      expect(await values.isVisible()).toBe(false);
    }
    expect(errors).toEqual([]);
    await page.close();
  });

  test('reads best values by the keyboard, run by run, and near the pointer', async () => {
    const {page, errors} = await open(hyperparameters());
    const card = page.locator('figure', {hasText: BEST_VALUES});
    const plot = card.getByRole('slider');
    await plot.locator('svg').waitFor();
    const [hint, line] = ['Point at a run, or use the arrow keys, to read its values.', card.locator('.tip-line')];
    expect(await line.textContent()).toBe(hint);
    const sizes = () =>
      plot
        .locator('.mark-symbol path')
        .evaluateAll((all) => all.map((each) => Math.round(each.getBoundingClientRect().width)));
    const [small] = await sizes();
    await plot.focus();
    for (const [i, values] of ['0.1, method none', '0.1, method reinit', '0.2, method none'].entries()) {
      await page.keyboard.press(i === 0 ? 'Home' : 'ArrowRight');
      const text = `run-${i}: learning_rate ${values}, best accuracy ${i < 2 ? 0.9 : 0.8}`;
      expect([await plot.getAttribute('aria-valuetext'), await line.textContent()]).toEqual([text, text]);
      // A point in each of the two panels.
      expect((await sizes()).map((size) => size > small!)).toEqual(
        [0, 1, 2, 3, 0, 1, 2, 3].map((run) => run % 4 === i),
      );
    }
    await page.keyboard.press('Escape');
    const last = (await plot.locator('.mark-symbol path').last().boundingBox())!;
    await page.mouse.move(last.x + last.width / 2 + 6, last.y + last.height / 2);
    expect(await line.textContent()).toBe('run-3: learning_rate 0.2, method reinit, best accuracy 0.8');
    await page.mouse.move(0, 0);
    expect([await line.textContent(), new Set(await sizes()), errors]).toEqual([hint, new Set([small]), []]);
    await page.close();
  });

  test('draws a value between gaps as a point', async () => {
    const lonely = join(folder, 'lonely');
    writeWholeRun(lonely, {experiment: 'a', accuracies: [0.5]});
    const {page} = await open(writeReport(lonely));
    await page.locator('.plot svg').first().waitFor();
    const points = page.locator('figure:has-text("Accuracy") .mark-symbol path');
    expect(await points.count()).toBe(3);
    expect((await points.first().boundingBox())!.width).toBeGreaterThan(4);
    await page.close();
  });

  test('sorts, filters, shows and hides, and opens a run', async () => {
    const {page, errors} = await open(set);
    await page.locator('.plot svg').first().waitFor();
    const names = () => page.locator('table.runs tbody th').allTextContents();
    const lines = () => pathsOf(page, 'validation/accuracy');
    expect([await names(), await lines()]).toEqual([['run-1', 'run-2', 'run-3'], 3]);
    await page.getByRole('button', {name: 'learning_rate'}).click();
    expect(await names()).toEqual(['run-3', 'run-2', 'run-1']);
    expect(await page.locator('th[aria-sort="ascending"]').textContent()).toBe('learning_rate');
    await page.getByRole('button', {name: 'learning_rate'}).click();
    expect(await names()).toEqual(['run-1', 'run-2', 'run-3']);
    await page.getByLabel('Filter', {exact: true}).fill('RUN-1');
    expect([await names(), await lines()]).toEqual([['run-1'], 1]);
    await page.getByLabel('Filter', {exact: true}).fill('');
    await page.getByLabel('Curve of run-2').uncheck();
    expect(await lines()).toBe(2);
    await page.getByRole('combobox', {name: 'Curves of'}).selectOption('validation/loss');
    expect(await pathsOf(page, 'validation/loss')).toBe(2);
    await page.getByRole('button', {name: 'run-3'}).click();
    expect(await page.locator('.detail h2').first().textContent()).toBe('run-3');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('run-3');
    await page.locator('.detail .plot svg').first().waitFor();
    await page.getByRole('button', {name: 'Close this run'}).click();
    expect(await page.locator('.detail').textContent()).toBe('');
    expect(errors).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'has best values by hyperparameter, with importance, in %s',
    async (colorScheme) => {
      const {page, errors} = await open(hyperparameters(), {colorScheme});
      const card = page.locator('figure', {hasText: BEST_VALUES});
      expect(await card.locator('.plot').getAttribute('aria-label')).toBe(
        'Best Accuracy against learning_rate, method',
      );
      expect(await card.locator('.plot svg').isVisible()).toBe(true);
      expect(await card.locator('.importance tbody tr').allInnerTexts()).toEqual([
        'learning_rate\t1.00',
        'method\t0.00',
      ]);
      expect([errors, await findingsIn(page)]).toEqual([[], []]);
    },
  );

  test('runs of several workloads have charts of their own: no axis has values of two metrics', async () => {
    const mixed = join(folder, 'mixed');
    const metric = {'workload.target_metric_name': 'loss', 'workload.validation_target_value': 0.1};
    for (const [i, workload] of ['mnist', 'text_lm'].entries())
      for (const learning_rate of [0.1, 0.2])
        writeWholeRun(mixed, {
          experiment: `${workload}-${learning_rate}`,
          workload,
          meta: i === 0 ? {} : {...metric, 'workload.name': workload},
          config: {hyperparameters: {learning_rate}},
          isOver: false,
        });
    const {page, errors} = await open(writeReport(mixed));
    await page.locator('.plot svg').first().waitFor();
    const sections = page.locator('section[aria-label^="Curves"]');
    expect(await sections.locator('h2').allTextContents()).toEqual(['Curves: mnist', 'Curves: text_lm']);
    for (const [i, [title, axis]] of [
      ['validation/accuracy', 'best accuracy'],
      ['validation/loss', 'best loss'],
    ].entries()) {
      const own = sections.nth(i);
      expect(await own.locator('figure h3').first().textContent()).toBe(title);
      expect(await own.locator('figure').first().locator('.mark-line path').count()).toBe(2);
      const parallel = own.locator('figure:has-text("Hyperparameters and best values")').getByRole('slider');
      expect(await parallel.getAttribute('aria-label')).toBe(
        `Parallel coordinates of 2 runs over learning_rate, ${axis}`,
      );
    }
    expect(await page.locator('table.runs thead th').allTextContents()).toContain('Metric');
    await page.getByLabel('Curve of text_lm-0.1').uncheck();
    expect(await sections.nth(1).locator('figure').first().locator('.mark-line path').count()).toBe(1);
    expect([errors, await findingsIn(page)]).toEqual([[], []]);
    await page.close();
  });

  test('reads the parallel coordinates by the keyboard, run by run, and under the pointer', async () => {
    const going = join(folder, 'going');
    for (const [i, accuracies] of [[0.2, 0.98], [0.7], [0.96]].entries()) {
      const config = {hyperparameters: {learning_rate: 0.1 ** i}};
      writeWholeRun(going, {experiment: `run-${i + 1}`, accuracies, config, isOver: false});
    }
    const {page, errors} = await open(writeReport(going));
    const card = page.locator('figure:has-text("Hyperparameters and best values")');
    const plot = card.getByRole('slider');
    await plot.locator('svg').waitFor();
    const hint = await card.locator('.tip-line').textContent();
    const widths = () =>
      card.locator('.mark-line path').evaluateAll((lines) => lines.map((line) => line.getAttribute('stroke-width')));
    await expectLabelsOutside(card);
    await plot.focus();
    for (const [i, values] of [
      '1, best accuracy 0.98',
      '0.1, best accuracy 0.7',
      '0.01, best accuracy 0.96',
    ].entries()) {
      await page.keyboard.press(i === 0 ? 'Home' : 'ArrowRight');
      const text = `run-${i + 1}: learning_rate ${values}`;
      expect([await plot.getAttribute('aria-valuetext'), await card.locator('.tip-line').textContent()]).toEqual([
        text,
        text,
      ]);
      expect((await widths()).map((width) => width === '3.5')).toEqual([0, 1, 2].map((line) => line === i));
    }
    await page.keyboard.press('Escape');
    expect(await card.locator('.tip-line').textContent()).toBe(hint);
    expect(await widths()).toEqual(Array(3).fill('1.75'));
    const top = await card
      .locator('.mark-line path')
      .first()
      .evaluate((line) => {
        const {x, y} = line.getBoundingClientRect();
        return {x, y};
      });
    await page.mouse.move(top.x + 30, top.y);
    expect(await card.locator('.tip-line').textContent()).toContain('run-1: ');
    await page.mouse.move(0, 0);
    expect(await card.locator('.tip-line').textContent()).toBe(hint);
    expect(errors).toEqual([]);
    await page.close();
  });
});
