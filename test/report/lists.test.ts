import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {chromiumPath, oneBrowser} from '../helpers/browser.js';
import {writeReport, writeWholeRun} from './runs.js';

const open = oneBrowser();
let folder = '';
let set = '';

const LISTS = [[0], [0, 0], [0, 0.002, -0.001], [0, 0.001, -0.001, 0.0005, -0.0005]];

/** Runs that differ in lists, and in as many hyperparameters as have columns. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-lists-'));
  for (const [i, alter_decays] of LISTS.entries()) {
    const fns = (name: string) => alter_decays.map(() => name);
    writeWholeRun(folder, {
      experiment: `a sweep with a long name/learning_rate=${i},method=of the run number ${i}`,
      isOver: false,
      accuracies: [0.2, 0.9 + i / 100],
      config: {
        hyperparameters: {
          learning_rate: 0.001 * (i + 1),
          one_minus_beta1: 0.1 * i,
          weight_decay: i,
          label_smoothing: i,
        },
        schedule: {
          alter_decays,
          warmup_schedule_fns: fns('linear'),
          decay_schedule_fns: fns('exponential_decay_of_some_kind'),
          budget_step_hints: i,
        },
      },
    });
  }
  set = writeReport(folder);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the texts of an element's chart stand; each once. */
async function textsOf(element: Locator): Promise<Box[]> {
  const found = await element.locator('svg text').evaluateAll((texts) =>
    texts.map((text): Box => {
      const {left, right, top, bottom} = text.getBoundingClientRect();
      return {text: text.textContent ?? '', left, right, top, bottom};
    }),
  );
  return [...new Map(found.filter(({text}) => text !== '').map((box) => [JSON.stringify(box), box])).values()];
}

function meeting(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      .map((b) => `${a.text} | ${b.text}`),
  );
}

describe.skipIf(!chromiumPath)('in Chromium, the page of runs that differ in lists', () => {
  test.each([390, 1440])('has labels that stand apart, within their card, %i pixels wide', async (width) => {
    const {page, errors} = await open(set);
    await page.setViewportSize({width, height: 900});
    const values = page.locator('figure', {hasText: 'Best values by hyperparameter'});
    await values.locator('.plot svg').waitFor();
    await page.waitForTimeout(200);
    const texts = await textsOf(values);
    expect(texts.some(({text}) => text.includes('…'))).toBe(true);
    expect(meeting(texts)).toEqual([]);
    const card = (await values.boundingBox())!;
    for (const {text, left, right} of texts)
      expect([text, left >= card.x, right <= card.x + card.width]).toEqual([text, true, true]);
    const parallel = page.locator('figure', {hasText: 'Hyperparameters and best values'});
    expect(meeting(await textsOf(parallel))).toEqual([]);
    const {isCut, hint} = await parallel.evaluate((figure) => {
      const host = figure.querySelector('.scroll')!;
      return {isCut: host.scrollWidth > host.clientWidth, hint: figure.querySelector('.tip-line')!.textContent};
    });
    expect([isCut, hint!.includes('goes on to the right')]).toEqual([width < 1000, width < 1000]);
    expect(errors).toEqual([]);
    await page.close();
  });

  test('shows a shortened label whole under the pointer', async () => {
    const {page} = await open(set);
    for (const [title, label] of [
      ['Hyperparameters and best values', '…'],
      ['Best values by hyperparameter', '…'],
    ] as const) {
      const plot = page.locator('figure', {hasText: title}).locator('.plot');
      await plot.locator('svg text', {hasText: label}).last().hover({force: true});
      await page.waitForTimeout(100);
      const shown = await plot.evaluate((host) => host.querySelector('[title]')?.getAttribute('title') ?? host.title);
      expect(shown, title).toMatch(/^0, 0\.001, -0\.001, 0\.0005, -0\.0005$|exponential_decay_of_some_kind/);
    }
    await page.close();
  });

  test('is printed across, with nothing cut', async () => {
    const {page} = await open(set);
    await page.emulateMedia({media: 'print'});
    // A4 and Letter across, without their margins.
    for (const width of [1031, 965]) {
      await page.setViewportSize({width, height: 700});
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      const cut = await page.evaluate(`[...document.querySelectorAll('table, .plot svg, .card')]
        .filter((each) => each.getBoundingClientRect().right > ${width})
        .map((each) => [each.getBoundingClientRect().right, each.outerHTML.slice(0, 80)])`);
      expect(cut).toEqual([]);
    }
    const pdf = (await page.pdf({preferCSSPageSize: true})).toString('latin1');
    const [, wide, high] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf)!;
    expect(Number(wide)).toBeGreaterThan(Number(high));
    await page.close();
  });
});
