import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readReport, reportHtml, type ScoreReport} from '../../src/report/index.js';
import {chromiumPath, oneBrowser} from '../helpers/browser.js';

const open = oneBrowser();
let folder = '';
let address = '';

const WORKLOADS = [
  'criteo1tb',
  'fastmri',
  'finewebedu_lm',
  'imagenet_resnet',
  'imagenet_vit',
  'librispeech_conformer',
  'librispeech_deepspeech',
  'ogbg',
  'wmt',
];
/** As many as AlgoPerf's board has, with names as long as its own. */
const SUBMISSIONS = Array.from({length: 17}, (_, i) => `self_tuning/muon_torch_replicated_torch_hps_${i}`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-scores-'));
  const tau = Array.from({length: 20}, (_, i) => 1 + i / 7);
  const scores: ScoreReport = {
    tables: [
      {
        title: 'Times to target',
        note: '',
        columns: ['Submission', ...WORKLOADS],
        rows: SUBMISSIONS.map((name) => [name, ...WORKLOADS.map(() => '55,846.44')]),
      },
    ],
    profiles: {
      tau,
      shares: Object.fromEntries(SUBMISSIONS.map((name, i) => [name, tau.map((at) => (at * (i + 1)) / 70)])),
    },
    notes: [],
  };
  const file = join(folder, 'scores.html');
  writeFileSync(file, reportHtml(readReport({title: 'scores', experimentDir: folder, runs: [], scores})));
  address = `file://${file}`;
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** Elements that go beyond the width, or their own place. */
const cutAt = (width: number) => `[...document.querySelectorAll('table, td, th, .plot svg, .card, .scroll')]
  .filter((each) => each.getBoundingClientRect().right > ${width} + 0.5 || each.scrollWidth > each.clientWidth + 1)
  .map((each) => [each.getBoundingClientRect().right, each.outerHTML.slice(0, 80)])`;

describe.skipIf(!chromiumPath)('in Chromium, the page of scores', () => {
  test('is printed across, with nothing cut, and so are the values of its chart', async () => {
    const {page, errors} = await open(address);
    await page.getByRole('button', {name: 'Data of Performance profiles'}).click();
    await page.emulateMedia({media: 'print'});
    // A4 and Letter across, without their margins.
    for (const width of [1031, 965]) {
      await page.setViewportSize({width, height: 700});
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await page.evaluate(cutAt(width)), `${width}`).toEqual([]);
    }
    const pdf = (await page.pdf({preferCSSPageSize: true})).toString('latin1');
    const [, wide, high] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf)!;
    expect(Number(wide)).toBeGreaterThan(Number(high));
    expect(errors).toEqual([]);
    await page.close();
  });

  test('has a legend that stays within its card on a phone', async () => {
    const {page} = await open(address, {width: 390});
    await page.locator('.plot svg').first().waitFor();
    const rightOf = async (elements: string): Promise<number[]> =>
      page.locator(elements).evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right));
    const [[right], labels] = [await rightOf('figure.card .legend'), await rightOf('.legend .check > span')];
    expect(labels).toHaveLength(17);
    expect(Math.max(...labels)).toBeLessThanOrEqual(right!);
    await page.close();
  });
});
