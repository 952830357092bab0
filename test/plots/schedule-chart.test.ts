import {describe, expect, test} from 'vitest';
import {scheduleChart, scheduleLine, schedulePoints} from '../../src/plots/index.js';
import {decays, planCycles, replan, risingDecays, scheduleOf, warmups} from '../../src/schedules/index.js';
import {drawing as drawingOf, startOf} from '../../src/submissions/cyclic/progress.js';
import {drawing, drawnTexts, layersOf} from './drawings.js';

const labelsOf = (chart: unknown): {text: string; fontSize: number; step: number}[] =>
  layersOf(chart).at(-1).data.values;
const textsOf = (chart: unknown) => labelsOf(chart).map(({text}) => text);
const domainOf = (chart: unknown): [number, number] => layersOf(chart)[1].encoding.y.scale.domain;
const subtitleOf = (chart: unknown) => (chart as {title: {subtitle?: string[]}}).title.subtitle;

test('boundaries have no rules where they would be all that one sees', () => {
  const rulesOf = (cycles: number) => layersOf(scheduleChart(drawing(cycles, 30_000)))[0]!.data.values;
  expect(rulesOf(300)).toHaveLength(299);
  expect(rulesOf(3000)).toEqual([]);
});

describe('scheduleChart', () => {
  test('says what it shows: title, axes, a dark-red line, dashed boundaries, the shapes', () => {
    const chart = scheduleChart(drawing(3, 7813));
    expect(chart).toMatchObject({title: {text: 'Learning Rate Schedule'}});
    const [rules, line] = layersOf(chart);
    expect(rules.data.values).toEqual([{step: 2604}, {step: 5208}]);
    expect(rules.mark).toMatchObject({type: 'rule', strokeDash: [6, 5]});
    expect(line.mark).toMatchObject({type: 'line', color: 'rgb(178, 0, 0)'});
    expect([line.encoding.x.title, line.encoding.y.title]).toEqual(['Global Steps', 'Learning Rate']);
    expect(labelsOf(chart)).toEqual([
      {step: 1302, text: '1: linear + constant', fontSize: 15},
      {step: 3906, text: '2: linear + constant', fontSize: 15},
      {step: 6510.5, text: '3: linear + constant', fontSize: 15},
    ]);
    expect(subtitleOf(chart)).toBeUndefined();
  });

  test('a rate that is not finite leaves a gap', () => {
    const schedule = {
      ...drawing(2, 100),
      learningRate: (step: number) => (step === 7 ? Number.POSITIVE_INFINITY : step),
    };
    expect(scheduleLine(schedule)[7]).toEqual({step: 7, value: Number.NaN});
    expect(domainOf(scheduleChart(schedule))[1]).toBeCloseTo(99 * 1.14, 9);
  });
});

describe('the range of rates', () => {
  test.each([
    [(step: number) => step / 100, [0, 0.99 * 1.14]],
    [(step: number) => 0.5 - step / 100, [-0.49, 0.5 * 1.14]],
    [() => -2, [-2, 1.14]],
    [() => 0, [0, 1.14]],
  ])('shows the line whole, which no edge cuts: %s', (learningRate, [low, high]) => {
    const chart = scheduleChart({learningRate, totalSteps: 100, cycles: []});
    expect(domainOf(chart)).toEqual([low, expect.closeTo(high!, 9)]);
    expect(layersOf(chart)[1].mark.clip).toBeUndefined();
  });
});

describe('scheduleLine', () => {
  test('a jump at a boundary is upright: both sides stand at the boundary', () => {
    const line = scheduleLine(drawing(2, 100_000));
    const at = line.filter(({step}) => step === 50_000);
    expect(at.map(({value}) => value)).toEqual([1.5e-3, 0]);
    expect(line.length).toBeLessThan(9000);
  });

  test('of a long schedule whose turns are known it looks at a few steps only, and loses no peak', () => {
    // Of a decay in which the rate also rises, the turns are not known; of one that stays at its lowest rate, any of those steps may do.
    const decayNames = Object.keys(decays).filter((name) => !risingDecays.includes(name) && name !== 'stable');
    const warmupNames = Object.keys(warmups);
    const shapes = warmupNames.flatMap((warmup) => decayNames.map((decay) => ({warmup, decay})));
    const spec = {
      learningRate: 1e-3,
      warmupFactor: 0.0501,
      warmupScheduleFns: shapes.map(({warmup}) => warmup),
      decayScheduleFns: shapes.map(({decay}) => decay),
      alterDecays: shapes.map((_, i) => 1e-5 * i),
      alterWarmups: shapes.map((_, i) => 1e-3 * i),
    };
    const plans = planCycles(spec, 200_003);
    const cut = replan(plans, spec, 30_011, 200_003);
    for (const schedule of [plans, cut].map((some) => drawingOf(startOf(some), scheduleOf(some)))) {
      let looks = 0;
      const learningRate = (step: number) => {
        looks++;
        return schedule.learningRate(step);
      };
      const {turns, ...everyStep} = schedule;
      expect(scheduleLine({...schedule, learningRate})).toEqual(scheduleLine(everyStep));
      expect(looks).toBeLessThan(10_000);
    }
  });

  test('very many cycles leave a few points each', () => {
    const cycles = Array.from({length: 1000}, (_, i) => ({start: 1000 * i, end: 1000 * (i + 1), label: ''}));
    const turns = cycles.map(({start}) => start + 300).reverse();
    const learningRate = (step: number) => 300 - Math.abs((step % 1000) - 300);
    const points = schedulePoints({learningRate, totalSteps: 1_000_000, cycles, turns});
    expect(points.length).toBeLessThan(6000);
    const [first, ...rest] = points.filter(({cycle}) => cycle === 7);
    expect([first!.step, rest.at(-1)!.step]).toEqual([6000, 6999]);
    expect(rest.map(({step, value}) => [step, value])).toContainEqual([6300, 300]);
  });

  test('a cycle of no steps draws nothing; a schedule without cycles is drawn whole', () => {
    const learningRate = (step: number) => step;
    const cut = {learningRate, totalSteps: 3, cycles: [0, 0].map((start, i) => ({start, end: 3 * i, label: 'a + b'}))};
    const values = [0, 1, 2, 2];
    expect(scheduleLine(cut).map(({value}) => value)).toEqual(values);
    expect(scheduleLine({learningRate, totalSteps: 3, cycles: []}).map(({value}) => value)).toEqual(values);
  });
});

describe('labels of the cycles', () => {
  test('one cycle needs no number', () => {
    expect(textsOf(scheduleChart(drawing(1, 100)))).toEqual(['linear + constant']);
  });

  test('twelve equal cycles are numbered, and their shape is named once', () => {
    const chart = scheduleChart(drawing(12, 100_000));
    expect(textsOf(chart)).toEqual(Array.from({length: 12}, (_, i) => `${i + 1}`));
    expect(new Set(labelsOf(chart).map(({fontSize}) => fontSize)).size).toBe(1);
    expect(subtitleOf(chart)).toEqual(['1-12: linear + constant']);
  });

  test('a narrow cycle has its number, and its shape in the subtitle; the wide ones keep their size', () => {
    const chart = scheduleChart(drawing(3, 1000, {cycleLengths: [1, 1, 40]}));
    expect(labelsOf(chart).map(({text, fontSize}) => [text, fontSize])).toEqual([
      ['1', 13],
      ['2', 13],
      ['3: linear + constant', 15],
    ]);
    expect(subtitleOf(chart)).toEqual(['1, 2: linear + constant']);
  });

  test('numbers of narrow cycles beside a wide one are thinned out', () => {
    const chart = scheduleChart(drawing(12, 20_000, {cycleLengths: [...Array(11).fill(1), 60]}));
    expect(textsOf(chart).filter(Boolean)).toEqual(['2', '4', '6', '8', '10', '12: linear + constant']);
    expect(subtitleOf(chart)).toEqual(['1-11: linear + constant']);
  });

  test('wide cycles have their numbers before narrow ones', () => {
    const lengths = [1, 300, 2, 1, 50, 1, 1, 300, 2, 1, 50, 1];
    const chart = scheduleChart(drawing(12, 7100, {cycleLengths: lengths}));
    const shape = ': linear + constant';
    expect(textsOf(chart).filter(Boolean)).toEqual([`2${shape}`, '3', '5', '6', `8${shape}`, '9', '11']);
    expect(new Set(labelsOf(chart).flatMap(({text, fontSize}) => (/^\d+$/.test(text) ? [fontSize] : []))).size).toBe(1);
  });

  test('lie on white, which no line of the grid runs through, and which covers no boundary', () => {
    const [, line, ground, text] = layersOf(scheduleChart(drawing(3, 7813)));
    expect(line.mark.type).toBe('line');
    expect(ground.mark).toMatchObject({type: 'rule', color: 'white', strokeWidth: 23});
    expect(text.mark).toMatchObject({type: 'text', color: '#2b2b2b'});
    expect(ground.encoding.y).toEqual(text.encoding.y);
    for (const [i, {step, until}] of ground.data.values.entries()) {
      expect((step + until) / 2).toBeCloseTo(text.data.values[i].step, 6);
      expect(step).toBeGreaterThan((i * 7813) / 3);
      expect(until).toBeLessThan(((i + 1) * 7813) / 3);
    }
  });

  test('a first or last cycle that is narrower than its number has none', () => {
    const chart = scheduleChart(drawing(3, 4000, {cycleLengths: [1, 200, 1]}));
    expect(textsOf(chart)).toEqual(['', '2: linear + constant', '']);
    expect(subtitleOf(chart)).toEqual(['1, 3: linear + constant']);
  });

  test.each([
    [60, 2],
    [200, 10],
    [3000, 200],
  ])('of %d equal cycles, every %dth has its number, but none at the ends', (count, stride) => {
    const texts = textsOf(scheduleChart(drawing(count, 100_000))).filter(Boolean);
    expect(texts).toEqual(Array.from({length: count / stride - 1}, (_, i) => `${stride * (i + 1)}`));
  });

  test('cycles of one shape are listed together, in lines that fit', () => {
    const {learningRate, cycles} = drawing(40, 40_000);
    const shapes = cycles.map((cycle, i) => ({...cycle, label: i % 4 === 3 ? 'none + cosine' : cycle.label}));
    const lines = subtitleOf(scheduleChart({learningRate, totalSteps: 40_000, cycles: shapes}))!;
    expect(lines.join(' ')).toBe(
      `1-3, 5-7, 9-11, 13-15, 17-19, 21-23, 25-27, 29-31, 33-35, 37-39: linear + constant; ${[
        4, 8, 12, 16, 20, 24, 28, 32, 36, 40,
      ].join(', ')}: none + cosine`,
    );
    expect(lines.every((line) => line.length <= 122)).toBe(true);
  });

  test.each([
    [2, /^1, 3, 5, .+, \.\.\.: shape 0;$/, /^2, 4, 6, .+, \.\.\.: shape 1$/],
    [6, /^1, 7, .+, \.\.\.: shape 0; 2, 8, .+;$/, / 6, 12, .+, \.\.\.: shape 5$/],
    [50, /^1, \.\.\.: shape 0; 2, /, /; \.\.\.$/],
  ])('a thousand cycles of %d shapes take two lines, which break between shapes only', (shapes, first, second) => {
    const {learningRate, cycles} = drawing(1000, 100_000);
    const mixed = cycles.map((cycle, i) => ({...cycle, label: `shape ${i % shapes}`}));
    const lines = subtitleOf(scheduleChart({learningRate, totalSteps: 100_000, cycles: mixed}))!;
    expect(lines).toEqual([expect.stringMatching(first), expect.stringMatching(second)]);
    expect(lines.every((line) => line.length <= 122)).toBe(true);
  });

  test('never touch each other, nor a rule: where one is wider than its cycle, the rules end below', () => {
    for (const count of [1, 2, 5, 9, 17, 33, 60, 70, 200]) {
      const chart = scheduleChart(drawing(count, 100_000));
      const shown = labelsOf(chart).filter(({text}) => text !== '');
      const widths = shown.map(({text, fontSize}) => text.length * fontSize * 0.68);
      const middles = shown.map(({step}) => (1060 * step) / 100_000);
      for (const [i, middle] of middles.slice(1).entries()) {
        expect(middle - middles[i]!, `${count}`).toBeGreaterThanOrEqual((widths[i]! + widths[i + 1]!) / 2 + 8);
      }
      const [rules, , texts] = layersOf(chart);
      const isWider = widths.some((width) => width > 1060 / count - 8);
      expect(rules.encoding.y.datum < texts.encoding.y.datum, `${count}`).toBe(isWider);
      expect(isWider).toBe(count > 33);
    }
  });
});

test('the title names what the schedule belongs to', async () => {
  expect(await drawnTexts(scheduleChart(drawing(1, 500), 'three-cycles'))).toContain(
    'Learning Rate Schedule: three-cycles',
  );
  const size = (name: string) => (scheduleChart(drawing(1, 500), name) as {title: {fontSize: number}}).title.fontSize;
  expect(size('x'.repeat(200))).toBeLessThan(size('x'));
});

describe('tick labels, as drawn', () => {
  test.each([
    ['a small run', drawing(1, 1500), ['0', '200', '1,000', '1,400', '1.6e-3', '2e-4', '1e-3']],
    ['three steps', drawing(1, 3), ['0', '1', '2', '3']],
    ['a long run', drawing(1, 100_000), ['0', '20,000', '100,000', '1.6e-3']],
    ['a very long run', drawing(1, 20_000_000), ['0', '2,000,000', '20,000,000']],
    ['a run of a million and a half', drawing(1, 1_500_000), ['0', '200,000', '1,000,000', '1,400,000']],
    ['tiny rates', drawing(1, 500, {learningRate: 3e-7}), ['50', '500', '3e-7', '5e-8']],
    ['rates below a half', drawing(1, 500, {learningRate: 0.4}), ['4e-1', '5e-2']],
    ['rates of 1 and more', drawing(1, 500, {learningRate: 3}), ['0.5', '1', '3']],
  ])('%s', async (_, schedule, expected) => {
    const texts = await drawnTexts(scheduleChart(schedule));
    expect(texts).toEqual(expect.arrayContaining(expected));
    const ticks = texts.filter((text) => /^[\d.]/.test(text));
    expect(ticks.filter((text) => !/^\d+(,\d{3})*(\.\d+)?(e-?\d+)?$/.test(text))).toEqual([]);
    expect(ticks.filter((text) => /e0$/.test(text) || /^0\.0/.test(text))).toEqual([]);
  });
});
