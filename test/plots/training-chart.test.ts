import {describe, expect, test} from 'vitest';
import {type DrawnTraining, type Point, printed, trainingChart} from '../../src/plots/index.js';
import {lossAxis} from '../../src/plots/training-series.js';
import {drawnTexts, evaluation, panelsOf, target, training} from './drawings.js';

// biome-ignore lint/suspicious/noExplicitAny: the parts of a specification that a test looks at
type Layer = any;
const layers = (run: DrawnTraining, panel: number): Layer[] => panelsOf(trainingChart(run))[panel].layer;
const lineNamed = (run: DrawnTraining, panel: number, name: string): Layer =>
  layers(run, panel).find(({mark, data}) => mark.type === 'line' && data.values[0]?.name === name);
const marksOf = (run: DrawnTraining, panel: number, name: string): {step: number; value: number; shape: string}[] =>
  layers(run, panel).find(({mark, data}) => mark.type === 'point' && data.values[0]?.name === name)?.data.values ?? [];
const yOf = (layer: Layer) => layer.encoding.y;
const losses = (values: number[]) => values.map((loss, i) => ({step: i + 1, loss}));

describe('trainingChart', () => {
  test('stacks losses, the metric and the rate over one axis of steps; resets stand in all', () => {
    const panels = panelsOf(trainingChart(training({losses: losses([2, 1]), evaluations: [evaluation(2, 0.5)]})));
    const titles = panels.map(({layer}) => layer.map((part: Layer) => part.encoding.y?.title).find(Boolean));
    expect(titles).toEqual(['Loss', 'Accuracy', 'Learning Rate']);
    expect(panels.map(({encoding}) => encoding.x.title)).toEqual([null, null, 'Global Steps']);
    expect(panels.map(({encoding}) => encoding.x.scale.domain)).toEqual(Array(3).fill([0, 400]));
    for (const {layer} of panels) expect(layer[0].data.values).toEqual([{step: 200}]);
  });

  test('without a rate there are two panels, of as much height in all', () => {
    const heights = (run: DrawnTraining) => panelsOf(trainingChart(run)).map(({height}) => height as number);
    const [three, two] = [heights(training()), heights(training({learningRate: []}))];
    expect(two.length).toBe(2);
    expect(two[0]! + two[1]!).toBeGreaterThan(three[0]! + three[1]! + three[2]!);
    expect(panelsOf(trainingChart(training({learningRate: []})))[1].encoding.x.title).toBe('Global Steps');
  });

  test('names its lines, the target and the causes of resets', async () => {
    const run = training({losses: losses([2, 1]), evaluations: [evaluation(2, 0.5)]});
    const texts = await drawnTexts(trainingChart(run));
    expect(texts).toEqual(
      expect.arrayContaining([
        'mnist: a',
        'boundary',
        'train batches',
        'train',
        'validation',
        'test',
        'target 0.97',
        'Global Steps',
      ]),
    );
  });

  test.each([
    [[1, 3000], '2,000'],
    [[1e9, 3e9], '2e+9'],
    [[0.2, 0.9], '0.6'],
  ])('writes the values beside an axis of %o as a person does', async (values, label) => {
    const run = training({evaluations: values.map((value, i) => evaluation(i + 1, value))});
    expect(await drawnTexts(trainingChart(run))).toContain(label);
  });

  test('names no test split where there is none', async () => {
    const {'test/accuracy': _, ...metrics} = evaluation(2, 0.5).metrics;
    const texts = await drawnTexts(trainingChart(training({evaluations: [{step: 2, metrics}]})));
    expect(texts).toContain('validation');
    expect(texts).not.toContain('test');
  });

  test('causes that would overlap are one above the other, as far as there are rows; the panels make room', () => {
    const causes = ['boundary', 'divergence', '', 'stagnation', 'divergence', 'boundary'];
    const resets = [100, 105, 107, 110, 115, 300].map((step, i) => ({step, cause: causes[i]!}));
    const rows = layers(training({resets}), 0).filter(({mark}) => mark.type === 'text');
    const told = rows.map(({data, mark}) => [mark.dy, data.values.map(({text}: {text: string}) => text)]);
    expect(told).toEqual([
      [-4, ['boundary', 'boundary']],
      [-20, ['divergence']],
      [-36, ['stagnation']],
    ]);
    const heights = (run: DrawnTraining) => panelsOf(trainingChart(run)).reduce((sum, {height}) => sum + height, 0);
    expect(heights(training({resets}))).toBe(heights(training()) - 32);
  });

  test('a long title is drawn smaller', () => {
    const size = (title: string) => (trainingChart(training({title})) as {title: {fontSize: number}}).title.fontSize;
    expect(size('mnist: a')).toBe(22);
    expect(size('x'.repeat(100))).toBeLessThan(17);
    expect(size('x'.repeat(1000))).toBe(13);
  });
});

describe('a run that ended before its plan', () => {
  const rateOf = (run: DrawnTraining): Point[] => layers(run, 2)[1].data.values;

  test.each([0, 1, 100, 400])('fills the panels: after %d steps of 400', (globalStep) => {
    const run = training({globalStep});
    const end = Math.max(1, globalStep);
    expect(panelsOf(trainingChart(run)).map(({encoding}) => encoding.x.scale.domain)).toEqual(Array(3).fill([0, end]));
    expect(rateOf(run).at(-1)!.step).toBe(end);
  });

  test('shows the rate it had, not the jump to the next cycle', () => {
    const lastRate = (globalStep: number) => rateOf(training({globalStep})).at(-1)!.value;
    expect([199, 200, 201].map(lastRate)).toEqual([1.5e-3, 1.5e-3, expect.closeTo(0.4125e-3, 9)]);
  });

  test('shows the rate between two points of a long line', () => {
    const learningRate = [0, 100, 200].map((step) => ({step, value: step === 100 ? 1 : 0}));
    expect(rateOf(training({learningRate, globalStep: 125}))).toMatchObject([
      ...learningRate.slice(0, 2),
      {step: 125, value: 0.75},
    ]);
  });
});

describe('the target', () => {
  const subtitle = (run: DrawnTraining) => (trainingChart(run) as {title: {subtitle: string[]}}).title.subtitle;
  const mark = (run: DrawnTraining) => layers(run, 1).at(-1).data.values;
  const minimize = {...target, goal: 'minimize'} as const;

  test.each([
    ['reached only by what is better', [0.5, 0.97, 0.98, 0.99], training(), 3, 0.98],
    ['of a metric where less is better', [0.99, 0.97, 0.9], training({target: minimize}), 3, 0.9],
  ])('%s', (_, values, run, step, value) => {
    const reached = {...run, evaluations: values.map((accuracy, i) => evaluation(i + 1, accuracy))};
    expect(subtitle(reached)[1]!.split(';')[0]).toBe(
      `target 0.97 for validation accuracy reached at step ${step} (green dot)`,
    );
    expect(mark(reached)).toEqual([{step, value}]);
  });

  test('in words as the ending is: steps with commas', () => {
    const run = training({evaluations: [evaluation(3900, 0.98)], globalStep: 4000});
    expect(subtitle(run)[1]).toContain('reached at step 3,900');
  });

  test('not reached', () => {
    const run = training({evaluations: [evaluation(1, 0.97), evaluation(2, Number.NaN)]});
    expect(subtitle(run)).toEqual([run.ending, 'target 0.97 for validation accuracy not reached']);
    expect(mark(run)).toEqual([]);
  });

  test.each([
    ['bits_per_byte', 'bits per byte'],
    ['mean_average_precision', 'mAP'],
    ['mse', 'MSE'],
  ])('of %s, as the axis has it', (metric, words) => {
    const run = training({target: {...target, metric}, evaluations: []});
    expect(subtitle(run)[1]).toBe(`target 0.97 for validation ${words} not reached`);
  });

  test('is in view with the better values; of the worst tenth only what is near', () => {
    const values = [0.1, ...Array(19).fill(0.96)];
    const domain = (run: DrawnTraining): [number, number] => yOf(lineNamed(run, 1, 'test')).scale.domain;
    const evaluations = values.map((value, i) => evaluation(i + 1, value));
    const [low, high] = domain(training({evaluations}));
    expect(low).toBeGreaterThan(0.9);
    expect(low).toBeLessThan(0.96);
    expect(high).toBeGreaterThan(0.97);
    const worse = values.map((value, i) => evaluation(i + 1, 1 - value));
    const [bottom, top] = domain(training({evaluations: worse, target: {...minimize, validation: 0.03}}));
    expect(bottom).toBeLessThan(0.03);
    expect(top).toBeGreaterThan(0.04);
    expect(top).toBeLessThan(0.1);
    const near = [0.92, ...Array(19).fill(0.95)].map((value, i) => evaluation(i + 1, value));
    expect(domain(training({evaluations: near}))[0]).toBeGreaterThan(0.92);
    near[0] = evaluation(1, 0.935);
    expect(domain(training({evaluations: near}))[0]).toBeLessThan(0.935);
  });
});

describe('marks', () => {
  const stepsAndShapes = (run: DrawnTraining, panel: number, name: string) =>
    marksOf(run, panel, name).map(({step, shape}) => [step, shape]);
  const climbing = (count: number) => [
    evaluation(1, 0.1),
    ...Array.from({length: count}, (_, i) => evaluation(2 + i, 0.95)),
  ];

  test('an evaluation below the panel is marked at its edge, with dots or without', () => {
    for (const [count, dots] of [
      [20, 20],
      [100, 0],
    ] as const) {
      const run = training({evaluations: climbing(count)});
      for (const name of ['train', 'validation', 'test']) {
        const marks = marksOf(run, 1, name);
        const [low] = yOf(lineNamed(run, 1, name)).scale.domain;
        expect(marks[0]).toMatchObject({step: 1, value: low, shape: 'triangle-down'});
        expect(marks.slice(1).map(({shape}) => shape)).toEqual(Array(dots).fill('circle'));
      }
    }
  });

  test('of a metric where less is better, the edge is the upper one', () => {
    const evaluations = climbing(20).map(({step, metrics}) => evaluation(step, 1 - metrics['test/accuracy']!));
    const run = training({evaluations, target: {...target, goal: 'minimize', validation: 0.03}});
    expect(marksOf(run, 1, 'test')[0]).toMatchObject({step: 1, shape: 'triangle-up'});
  });

  test('what they mean at an edge is said below the title, in a line of its own where the picture is narrow', () => {
    const subtitle = (run: DrawnTraining, width?: number): string[] =>
      (trainingChart(run, width ? printed(width) : undefined) as unknown as {title: {subtitle: string[]}}).title
        .subtitle;
    const target = 'target 0.97 for validation accuracy not reached';
    const below = training({evaluations: climbing(20)});
    expect(subtitle(below)[1]).toBe(`${target}; ▼ lies below the panel`);
    expect(subtitle(below, 85).slice(1)).toEqual([target, '▼ lies below the panel']);
    expect(subtitle(training({evaluations: climbing(1)}))[1]).toBe(target);
    expect(subtitle(training({losses: losses([2, 0, 1])}))[1]).toBe(`${target}; ▼ lies below the panel`);
  });

  test('there are none where less is better and values are a hundredfold apart: the axis is logarithmic', () => {
    const run = training({
      evaluations: [60_000, 800, 90].map((ppl, i) => evaluation(i + 1, ppl)),
      target: {...target, goal: 'minimize', validation: 22.3},
    });
    const {scale, axis} = yOf(lineNamed(run, 1, 'validation'));
    expect([scale.type, scale.domain[0] < 22.3, scale.domain[1] > 60_000]).toEqual(['log', true, true]);
    expect(axis.values).toEqual([100, 1000, 10_000]);
    expect(marksOf(run, 1, 'validation').map(({shape}) => shape)).toEqual(['circle', 'circle', 'circle']);
  });

  test('a loss of 0, which a logarithm cannot show, lies below', () => {
    const run = training({losses: losses([2, 0, 1])});
    expect(stepsAndShapes(run, 0, 'train batches')).toEqual([
      [1, 'circle'],
      [2, 'triangle-down'],
      [3, 'circle'],
    ]);
  });

  test('no edge cuts them: neither first nor last step, nor the rate where it is 0', () => {
    const run = training({losses: losses([2, 1]), evaluations: climbing(20)});
    const clipped = [0, 1, 2].flatMap((panel) => layers(run, panel)).filter(({mark}) => mark.clip);
    expect(clipped.map(({mark, data}) => [mark.type, data.values[0].name])).toEqual(
      ['train batches', 'validation', 'train', 'test', 'validation'].map((name) => ['line', name]),
    );
  });
});

describe('values and gaps', () => {
  test('what is not finite, or missing, is a gap in its line', () => {
    const bare = {step: 3, metrics: {}};
    const run = training({
      losses: losses([2, Number.NaN, Number.POSITIVE_INFINITY, 1]),
      evaluations: [evaluation(1, 0.5), evaluation(2, Number.NEGATIVE_INFINITY), bare],
    });
    const values = (panel: number, name: string) =>
      lineNamed(run, panel, name).data.values.map(({value}: {value: number}) => value);
    expect(values(0, 'train batches')).toEqual([2, Number.NaN, Number.NaN, 1]);
    expect(values(1, 'validation')).toEqual([0.5, Number.NaN, Number.NaN]);
    expect(yOf(lineNamed(run, 0, 'train batches')).scale.domain.every(Number.isFinite)).toBe(true);
    expect(yOf(lineNamed(run, 1, 'train')).scale.domain.every(Number.isFinite)).toBe(true);
  });

  test('a line of which nothing is drawn is not in the legend', async () => {
    const countOf = async (name: string, change: Partial<DrawnTraining>) =>
      (await drawnTexts(trainingChart(training(change)))).filter((text) => text === name).length;
    const evaluations = [evaluation(2, 0.5)];
    const {'train/accuracy': _, ...untrained} = evaluations[0]!.metrics;
    expect(await countOf('train batches', {losses: losses([1]), evaluations})).toBe(1);
    expect(await countOf('train batches', {losses: [], evaluations})).toBe(0);
    expect(await countOf('train', {losses: [], evaluations})).toBe(1);
    expect(await countOf('train', {losses: [], evaluations: [{step: 2, metrics: untrained}]})).toBe(0);
    expect(await countOf('validation', {losses: [], evaluations: []})).toBe(0);
  });

  test('the only loss of training batches lies around the mark of the same step', () => {
    const sizeOf = (values: number[]) => {
      const run = training({losses: losses(values), evaluations: [evaluation(1, 0.5), evaluation(2, 0.5)]});
      const marks = (name: string) =>
        layers(run, 0).find(({mark, data}) => mark.filled && data.values[0]?.name === name)!.encoding.size.condition
          .value;
      return [marks('train batches'), marks('validation')];
    };
    const [lone, other] = sizeOf([1]);
    expect(lone).toBeGreaterThan(2 * other);
    expect(sizeOf([2, 1])).toEqual([other, other]);
  });

  test('say in their panel that all of a kind are missing', async () => {
    const nan = training({
      losses: losses([Number.NaN, Number.POSITIVE_INFINITY]),
      evaluations: [{step: 2, metrics: {'validation/accuracy': Number.NaN, 'validation/loss': Number.NaN}}],
    });
    expect(await drawnTexts(trainingChart(nan))).toEqual(
      expect.arrayContaining([
        'all training losses and validation losses are NaN or infinite',
        'all values are NaN or infinite',
      ]),
    );
    for (const [i, panel] of panelsOf(trainingChart(nan)).slice(0, 2).entries()) {
      const note: Layer = panel.layer.find(({mark}: Layer) => mark.stroke === 'white');
      expect([note.encoding.x.value, yOf(note).value], `panel ${i}`).toEqual([panel.width / 2, panel.height / 2]);
    }
    const [low, high] = yOf(lineNamed(nan, 1, 'validation')).scale.domain;
    expect([low, high], 'the target is not behind the text').toEqual([0, expect.closeTo(1.03 * 0.97)]);
    const half = training({losses: losses([Number.NaN]), evaluations: [evaluation(2, 0.5)]});
    const texts = await drawnTexts(trainingChart(half));
    expect(texts).toContain('all training losses are NaN or infinite');
    expect(texts).not.toContain('all values are NaN or infinite');
    const fine = training({losses: losses([1]), evaluations: [evaluation(2, 0.5)]});
    expect((await drawnTexts(trainingChart(fine))).join()).not.toContain('NaN');
  });

  test('of the first evaluation do not stretch the axis of a short run', () => {
    const domainOf = (values: number[]): [number, number] =>
      yOf(lineNamed(training({evaluations: values.map((value, i) => evaluation(100 * i + 1, value))}), 1, 'train'))
        .scale.domain;
    expect(domainOf([0.1, 0.94, 0.95, 0.96])[0]).toBeGreaterThan(0.9);
    expect(domainOf([0.93, 0.94, 0.95, 0.96])[0]).toBeLessThan(0.93);
    expect(domainOf([0.1, 0.94])[0]).toBeLessThan(0.1);
  });

  test.each([
    ['mse', 'MSE'],
    ['mean_average_precision', 'mAP'],
    ['accuracy', 'Accuracy'],
    ['error_rate', 'Error rate'],
  ])('a metric %s is written %s', (metric, title) => {
    const run = training({target: {...target, metric, validation: 1}});
    expect(layers(run, 1).some((layer) => layer.encoding.y?.title === title)).toBe(true);
  });

  test('few points have dots; many are a line alone, of a few thousand points', () => {
    const many = training({losses: losses(Array.from({length: 100_000}, (_, i) => 1 + (i % 7)))});
    const line = lineNamed(many, 0, 'train batches');
    expect(marksOf(many, 0, 'train batches')).toEqual([]);
    expect(line.data.values.length).toBeLessThan(2500);
    expect([line.data.values[0].step, line.data.values.at(-1).step]).toEqual([1, 100_000]);
    expect(marksOf(training({losses: losses([1])}), 0, 'train batches')).toEqual([
      {step: 1, value: 1, shape: 'circle', name: 'train batches'},
    ]);
  });

  test.each([
    ['little spread: 1, 2 and 5', [0.05, 2], 'log', [0.05, 0.1, 0.2, 0.5, 1, 2]],
    ['much spread: powers of ten', [0.0002, 20], 'log', [0.001, 0.01, 0.1, 1, 10]],
    ['two hundredfold is still little', [0.02, 2.5], 'log', [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]],
    ['less than twofold has labels too', [1.4, 2.4], 'log', [1.5, 2, 3]],
    ['nearly constant', [2.31, 2.311], 'log', [2, 2.5]],
    ['0 has no logarithm', [0, 1, 2], 'log', [1, 1.5, 2]],
    ['no loss at all', [], 'log', [0.1, 1, 10]],
    ['a loss below 0', [-1, 3], 'linear', undefined],
  ])('the axis of losses, %s', (_, values, type, ticks) => {
    const y = yOf(layers(training({losses: losses(values)}), 0)[1]);
    expect(y.scale.type).toBe(type);
    expect(y.axis.values).toEqual(ticks);
    const drawn = layers(training({losses: losses(values)}), 0)[1].data.values as {value: number}[];
    expect(drawn.map(({value}) => value)).toEqual(
      values.map((value) => (type === 'log' && value <= 0 ? Number.NaN : value)),
    );
  });

  test('every range of losses has two labels or more, which do not touch', () => {
    for (let low = 1; low < 10; low *= 1.1) {
      for (let high = low; high < 1e9; high *= 1.5) {
        const {domain, ticks} = lossAxis(
          [low, high].map((value, step) => ({step, value})),
          140,
        );
        const places = ticks!.map((tick) => (140 * Math.log(tick / domain[0])) / Math.log(domain[1] / domain[0]));
        expect(places.length, `${low} to ${high}`).toBeGreaterThan(1);
        for (const [i, place] of places.slice(1).entries()) expect(place - places[i]!).toBeGreaterThan(15);
      }
    }
  });
});
