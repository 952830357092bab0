import {appendFileSync, readFileSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {mistakesIn, watchedConfigs} from '../../src/cli/plot-watch.js';
import {type RunsData, type SchedulesData, serveLive, watchedRuns} from '../../src/report/index.js';
import {findRuns} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {chromiumPath, oneBrowser} from '../helpers/browser.js';
import {SMALL, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeWholeRun} from './runs.js';

const open = oneBrowser();

async function served(source: Parameters<typeof serveLive>[0]): Promise<URL> {
  const page = await serveLive(source);
  onTestFinished(() => page.close());
  return new URL(page.url);
}

const runsOf = (experimentDir: string) =>
  watchedRuns({title: 'a', experimentDir, find: () => findRuns(experimentDir, [])});

function statusOf(
  url: URL,
  {host, path = url.pathname, method = 'GET'}: {host?: string; path?: string; method?: string},
) {
  return new Promise<number>((resolve, reject) => {
    const headers = host === undefined ? {} : {host};
    request({hostname: url.hostname, port: url.port, path, method, headers}, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

test('only its own address is answered: the secret, the host, reading', async () => {
  const folder = temporaryFolder();
  writeWholeRun(folder, {experiment: 'a'});
  const url = await served(runsOf(folder));
  expect(url.hostname).toBe('127.0.0.1');
  expect(url.pathname).toMatch(/^\/[\w-]{32}\/$/);
  expect(await statusOf(url, {})).toBe(200);
  expect(await statusOf(url, {host: `localhost:${url.port}`})).toBe(200);
  for (const host of ['evil.example', `evil.example:${url.port}`, 'localhost:1'])
    expect(await statusOf(url, {host}), host).toBeGreaterThanOrEqual(400);
  const other = `/${'A'.repeat(32)}/`;
  for (const path of ['/', '/events', other, `${other}events`, `${url.pathname.slice(0, -2)}/`])
    expect(await statusOf(url, {path}), path).toBe(404);
  expect(await statusOf(url, {path: `${url.pathname}etc/passwd`})).toBe(404);
  expect(await statusOf(url, {method: 'POST'})).toBe(405);
  const response = await fetch(url);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await response.text()).toContain("connect-src 'self'");
});

test('a port is taken if it is free, and told if it is not', async () => {
  const folder = temporaryFolder();
  const first = await served(runsOf(folder));
  const port = Number(first.port);
  await expect(serveLive(runsOf(folder), {port})).rejects.toThrow(
    new UserError(`--port: ${port} is in use by another program; choose another one, or 0 for a free one`),
  );
  const free = await serveLive(runsOf(folder));
  await free.close();
  const again = await serveLive(runsOf(folder), {port: Number(new URL(free.url).port)});
  onTestFinished(() => again.close());
  expect(new URL(again.url).port).toBe(new URL(free.url).port);
});

test('the source reads a run again only where it has changed, and finds new ones', async () => {
  const folder = temporaryFolder();
  const path = writeWholeRun(folder, {experiment: 'a'});
  writeWholeRun(folder, {experiment: 'b'});
  const source = runsOf(folder);
  const before = {revision: source.revision(), data: (await source.read()) as RunsData};
  expect(source.revision()).toBe(before.revision);
  expect(((await source.read()) as RunsData).runs[0]).toBe(before.data.runs[0]);
  const table = join(path, 'eval_measurements.csv');
  appendFileSync(table, readFileSync(table, 'utf8').trimEnd().split('\n').at(-1)!.concat('\n'));
  expect(source.revision()).not.toBe(before.revision);
  const after = (await source.read()) as RunsData;
  expect(after.runs[0]!.evaluations.steps).toHaveLength(7);
  expect(after.runs[1]).toBe(before.data.runs[1]);
  writeWholeRun(folder, {experiment: 'c'});
  expect(((await source.read()) as RunsData).runs.map(({name}) => name)).toEqual(['a', 'b', 'c']);
});

test('mistakes have the place that their line begins with', () => {
  const error = new Error(
    'my config.yaml:3:5: schedule.x: there is no such key\nno place: at all\nmy config.yaml: is empty',
  );
  expect(mistakesIn(error, 'my config.yaml')).toEqual([
    {line: 3, column: 5, message: 'schedule.x: there is no such key'},
    {line: null, column: null, message: 'no place: at all'},
    {line: null, column: null, message: 'my config.yaml: is empty'},
  ]);
});

/** A config in a folder of its own, watched. */
async function watchedConfig() {
  const folder = temporaryFolder();
  const file = join(folder, writeConfig(folder));
  const workload = await loadWorkload('mnist');
  return {file, source: watchedConfigs({files: [file], workload, options: {workload: 'mnist', set: []}})};
}

test('a config that is wrong keeps its last schedule, with the mistake at its line', async () => {
  const {file, source} = await watchedConfig();
  const good = (await source.read()) as SchedulesData;
  expect(good.files[0]).toMatchObject({totalSteps: 45, mistakes: [], cycles: [{start: 0}, {start: 22}]});
  writeFileSync(file, SMALL.replace('alter_decays: [0, 0.001]', 'alter_decays: [0, oops]'));
  const wrong = (await source.read()) as SchedulesData;
  expect(wrong.files[0]!.schedule).toEqual(good.files[0]!.schedule);
  expect(wrong.files[0]!.mistakes).toMatchObject([{line: 13, message: expect.stringContaining('must be a number')}]);
  writeFileSync(file, SMALL.replace('budget_steps: 45', 'budget_steps: 60'));
  expect(((await source.read()) as SchedulesData).files[0]).toMatchObject({totalSteps: 60, mistakes: []});
});

test.skipIf(!chromiumPath)('in Chromium, the page follows a run', async () => {
  const folder = temporaryFolder();
  const path = writeWholeRun(folder, {experiment: 'a', isOver: false});
  const {page, errors, requests} = await open(String(await served(runsOf(folder))));
  const plot = page.locator('figure:has-text("Accuracy") .plot');
  await plot.locator('svg').waitFor();
  expect(await plot.getAttribute('aria-valuemax')).toBe('51');
  const table = join(path, 'eval_measurements.csv');
  const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n');
  const step = header!.split(',').indexOf('global_step');
  appendFileSync(table, `${rows.at(-1)!.split(',').with(step, '61').join(',')}\n`);
  await page.locator('figure:has-text("Accuracy") .plot[aria-valuemax="61"]').waitFor();
  writeWholeRun(folder, {experiment: 'b'});
  await page.getByRole('button', {name: 'b', exact: true}).waitFor();
  expect([errors, requests]).toEqual([[], []]);
  await page.close();
});

test.skipIf(!chromiumPath)('in Chromium, a schedule is drawn again whenever its file is saved', async () => {
  const {file, source} = await watchedConfig();
  const {page, errors} = await open(String(await served(source)));
  await page.locator('.plot[aria-valuemax="45"] svg').waitFor();
  writeFileSync(file, SMALL.replace('beta2: 0.99', 'betta2: 0.99'));
  const line = page.locator('.source li:nth-child(6)');
  await line.locator('.mistake').first().waitFor();
  expect(await line.locator('code').textContent()).toBe('  betta2: 0.99');
  expect(await line.locator('.mistake').allTextContents()).toEqual([expect.stringContaining('there is no such key')]);
  expect(await page.locator('.plot svg').count()).toBe(1);
  writeFileSync(file, SMALL.replace('budget_steps: 45', 'budget_steps: 60'));
  await page.locator('.plot[aria-valuemax="60"]').waitFor();
  expect(await page.locator('.mistake').count()).toBe(0);
  expect(errors).toEqual([]);
  await page.close();
});

test.skipIf(!chromiumPath)(
  'in Chromium, a mistake past the last line has its line, and long lines stay in their box',
  async () => {
    const {file, source} = await watchedConfig();
    const lines = SMALL.trimEnd().split('\n').length;
    writeFileSync(file, `${SMALL.trimEnd()} # ${'long '.repeat(100)}\nopen: [\n`);
    const {page, errors} = await open(String(await served(source)));
    const note = page.locator('.sources section > .mistake');
    await note.first().waitFor();
    expect(await note.allTextContents()).toEqual([
      expect.stringMatching(new RegExp(`^line ${lines + 2}, column 1: not valid YAML`)),
    ]);
    expect(await page.locator('article > .about').textContent()).toBe('1 mistake: no schedule can be drawn yet.');
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  },
);
