import {expect, test} from 'vitest';
import {
  pictureOfSeries,
  printed,
  profileChart,
  relaxationChart,
  SCREEN,
  schedulesChart,
  targetTimesChart,
  targetTimesPicture,
} from '../../src/plots/index.js';
import {drawing, drawnTexts, layersOf} from './drawings.js';

const {POSITIVE_INFINITY: never} = Number;

const profiles = [
  {
    name: 'a',
    steps: [
      {tau: 1, share: 0.5},
      {tau: 2.5, share: 1},
    ],
  },
  {name: 'b', steps: [{tau: 1.5, share: 0.5}]},
  {name: 'none', steps: []},
];

test('profiles go by steps from the fastest to four times as long', async () => {
  const chart = profileChart({profiles, by: 'time'});
  const values = layersOf(chart).map(({data}) =>
    data.values.map(({tau, share}: {tau: number; share: number}) => [tau, share]),
  );
  expect(values).toEqual([
    [
      [1, 0.5],
      [2.5, 1],
      [4, 1],
    ],
    [
      [1, 0],
      [1.5, 0.5],
      [4, 0.5],
    ],
    [
      [1, 0],
      [4, 0],
    ],
  ]);
  for (const {mark, encoding} of layersOf(chart)) {
    expect(mark.interpolate).toBe('step-after');
    expect(encoding.x.scale.domain).toEqual([1, 4]);
    expect(encoding.color.scale.domain).toEqual(['a', 'b', 'none']);
  }
  expect(await drawnTexts(chart)).toEqual(
    expect.arrayContaining(['Performance Profiles', 'none', 'Time to Target, as a Ratio to the Fastest']),
  );
});

test('profiles against a reference, by steps', async () => {
  expect(await drawnTexts(profileChart({profiles, by: 'steps', reference: 'b'}))).toContain(
    'Steps to Target, as a Ratio to b',
  );
});

test('intervals of profiles are drawn while they can be distinguished', () => {
  const band = [{tau: 1, low: 0, high: 0.5}];
  const [first] = layersOf(profileChart({profiles: profiles.map((each) => ({...each, band})), by: 'time'}));
  expect(first.mark.type).toBe('area');
  const many = [...profiles, {name: 'c', steps: []}].map((each) => ({...each, band}));
  expect(layersOf(profileChart({profiles: many, by: 'time'})).map(({mark}) => mark.type)).toEqual(
    Array(4).fill('line'),
  );
});

const workloads = [
  {
    name: 'wmt',
    times: [
      {submission: 'a', time: 10, interval: {low: 8, high: never}},
      {submission: 'b', time: 41},
      {submission: 'c', time: never, interval: {low: never, high: never}},
      {submission: 'd', time: 40},
    ],
  },
  {name: 'ogbg', times: ['a', 'b', 'c', 'd'].map((submission) => ({submission, time: never}))},
];

interface Panel {
  readonly layer: readonly {
    readonly mark: {type: string};
    readonly data: {values: readonly {[name: string]: unknown}[]};
  }[];
}

const panelsOf = (chart: object) => (chart as {concat: readonly Panel[]}).concat;
const ofType = (panel: Panel, type: string) =>
  panel.layer.filter(({mark}) => mark.type === type).flatMap(({data}) => data.values);

test('times are bars, one panel a workload; what is too slow is an outline, what was missed is said', async () => {
  const chart = targetTimesChart({workloads, by: 'time'});
  const [wmt, ogbg] = panelsOf(chart) as [Panel, Panel];
  expect(ofType(wmt, 'bar').map(({submission, time, fill}) => [submission, time, fill === 'white'])).toEqual([
    ['a', 10, false],
    ['b', 41, true],
    ['d', 40, false],
  ]);
  expect(ofType(wmt, 'text')).toEqual([{submission: 'c', text: 'not reached'}]);
  expect(ofType(wmt, 'rule')).toEqual([{submission: 'a', low: 8, high: expect.closeTo(42.64, 9)}, {limit: 40}]);
  expect(ofType(ogbg, 'bar')).toEqual([]);
  expect(ofType(ogbg, 'text').length).toBe(4);
  const texts = await drawnTexts(chart);
  for (const text of ['Seconds to Target', 'wmt', 'ogbg', 'a', 'd', 'not reached']) expect(texts).toContain(text);
});

test('the picture of times is as high as its bars need', () => {
  const many = Array.from({length: 60}, (_, i) => ({submission: `s${i}`, time: i + 1}));
  const one = targetTimesPicture({workloads: [{name: 'w', times: [{submission: 'a', time: 1}]}], by: 'time'});
  expect(one).toEqual({...SCREEN, height: 222});
  expect(targetTimesPicture({workloads: [{name: 'w', times: many}], by: 'time'}).height).toBeGreaterThan(1200);
  const narrow = printed(85);
  expect(targetTimesPicture({workloads, by: 'steps'}, narrow).width).toBe(narrow.width);
  expect((targetTimesChart({workloads, by: 'steps'}, narrow) as {columns?: number}).columns).toBe(1);
});

test('scores over how far targets are relaxed', async () => {
  const points = [0, 0.01, 0.02].map((fraction) => ({fraction, score: 0.3 + 10 * fraction}));
  const chart = relaxationChart([
    {name: 'a', points},
    {name: 'b', points: points.map((each) => ({...each, score: 0}))},
  ]);
  const [a] = layersOf(chart);
  expect(a.data.values).toEqual(points.map((point) => ({...point, name: 'a'})));
  expect([a.encoding.x.scale.domain, a.encoding.y.scale.domain]).toEqual([
    [0, 0.02],
    [0, 0.5],
  ]);
  expect(await drawnTexts(chart)).toEqual(
    expect.arrayContaining(['Scores with Relaxed Targets', 'All Targets Relaxed by', 'b', '2%']),
  );
});

test('the picture of many lines is as high as their legend needs', () => {
  expect(pictureOfSeries(SCREEN, 17)).toEqual(SCREEN);
  expect(pictureOfSeries(SCREEN, 49).height).toBeGreaterThanOrEqual(49 * 25);
  const narrow = printed(85);
  expect(pictureOfSeries(narrow, 17).height).toBe(narrow.height + 17 * 25);
  const many = Array.from({length: 49}, (_, i) => ({name: `s${i}`, steps: []}));
  expect(profileChart({profiles: many, by: 'time'})).toMatchObject({height: pictureOfSeries(SCREEN, 49).height});
  expect(relaxationChart(many.map(({name}) => ({name, points: []})))).toMatchObject({
    height: pictureOfSeries(SCREEN, 49).height,
  });
});

test.each(['constructor', '__proto__', 'toString'])('a submission may be called %s', async (name) => {
  const drawn = [
    profileChart({profiles: [{...profiles[0]!, name}, profiles[1]!], by: 'time'}),
    profileChart({profiles: [{...profiles[0]!, name}], by: 'time'}),
    relaxationChart([{name, points: [{fraction: 0, score: 1}]}]),
    targetTimesChart({workloads: [{name, times: [{submission: name, time: 3}]}], by: 'steps'}),
    schedulesChart([{name, schedule: drawing(1, 10)}]),
  ];
  for (const chart of drawn) expect((await drawnTexts(chart)).map((text) => text.trim())).toContain(name);
});
