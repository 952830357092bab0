import {expect, test} from 'vitest';
import {startClock} from '../../src/training/clock.js';
import {judged, onRecord} from '../../src/training/judged.js';
import type {Judgement, Trial} from '../../src/training/trial-types.js';

const evaluationAt = (globalStep: number) => ({globalStep, submissionTime: globalStep, metrics: {}});

/** A trial at a step, evaluated at others, that is judged for three seconds; `asked` is what the judge was asked about. */
function trialAt(globalStep: number, evaluatedAt: readonly number[], judgement: Judgement | undefined) {
  let now = 7000;
  const asked: unknown[] = [];
  const signal = new AbortController().signal;
  const judge = async (...given: unknown[]) => {
    asked.push(given);
    now += 3000;
    return judgement;
  };
  const trial = {
    rules: {judge},
    clock: startClock(undefined, () => now),
    progress: {evaluations: evaluatedAt.map(evaluationAt), globalStep, lastEvaluationAt: 1},
    signal,
  } as unknown as Trial;
  return {trial, asked, signal};
}

test('a run is judged right after an evaluation, on the clock of logging, which puts no evaluation forward', async () => {
  const {trial, asked, signal} = trialAt(20, [10, 20], {message: 'too slow', isOver: true});
  expect(await judged(trial)).toEqual({status: 'terminated_early', reason: 'too slow'});
  expect(asked).toEqual([[[evaluationAt(10), evaluationAt(20)], signal]]);
  expect(trial.clock.read()).toEqual({submission: 0, evaluation: 0, logging: 3, total: 3});
  expect(trial.progress.lastEvaluationAt).toBe(10_000);
});

test.each([
  ['between evaluations', trialAt(21, [10, 20], {message: '', isOver: true}), 0],
  ['before the first', trialAt(1, [], {message: '', isOver: true}), 0],
  ['that may continue', trialAt(20, [20], {message: 'fine', isOver: false}), 1],
  ['of which there is nothing to say', trialAt(20, [20], undefined), 1],
])('a run goes on %s', async (_, {trial, asked}, times) => {
  expect(await judged(trial)).toBeUndefined();
  expect(asked).toHaveLength(times);
});

test('a run without a judge goes on', async () => {
  const {trial} = trialAt(20, [20], undefined);
  expect(await judged({...trial, rules: {...trial.rules, judge: undefined}})).toBeUndefined();
});

test('each judgement is an event of the run', async () => {
  expect(onRecord(undefined, () => {})).toBeUndefined();
  const events: unknown[] = [];
  const judgements: (Judgement | undefined)[] = [
    {message: 'fine', isOver: false},
    undefined,
    {message: 'no', isOver: true},
  ];
  const judge = onRecord(
    async () => judgements.shift(),
    (...event) => void events.push(event),
  )!;
  const {signal} = new AbortController();
  expect(await judge([evaluationAt(1)], signal)).toEqual({message: 'fine', isOver: false});
  expect(await judge([evaluationAt(1), evaluationAt(2)], signal)).toBeUndefined();
  expect(await judge([evaluationAt(1), evaluationAt(3)], signal)).toEqual({message: 'no', isOver: true});
  expect(events).toEqual([
    [1, {name: 'bracket', message: 'fine', data: {ends: false}}],
    [3, {name: 'bracket', message: 'no', data: {ends: true}}],
  ]);
});
