import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';
import {start, temporaryFolder, testBackend, writeConfig} from './cli.js';
import {writeSmallMnist} from './idx.js';

/** A whole submission, in which a test changes one thing; types, so that lines move when it is transpiled. */
export const WHOLE = `import {tf} from 'algoperf-ts';

type Nothing = never;

export const getBatchSize = () => 4;
export const dataSelection = ({inputQueue}) => inputQueue.next();
const step = (state) => ({state, outputs: {}});
export function initOptimizerState({recorder}) {
  return {init: {}, entries: {step}, save: () => null};
}
export function updateParams({program, batch}) {
  program.run('step', {batch});
  return {};
}
`;

/** A part of a submission, and what takes its place. */
export type Change = readonly [from: string, to: string];

/** A folder with a config, small data, and the submission `mine.ts` with some parts replaced. */
export function folderWithSubmission(...changes: readonly Change[]): string {
  const folder = temporaryFolder();
  writeConfig(folder, 'evaluation: {every_steps: 1000}\n');
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'mine.ts'), changes.reduce(changed, WHOLE));
  return folder;
}

/** The text with one part replaced. */
export function changed(text: string, [from, to]: Change): string {
  expect(text).toContain(from);
  return text.replace(from, () => to);
}

/** The words that run it. */
export const RUN_SUBMISSION = [
  ...['run', '--workload', 'mnist', '--config', 'small.yaml', '--submission', './mine.ts', '--data-dir', 'data'],
  ...['--backend', testBackend, '--quiet', '--json', '--experiment-name', 'a'],
];

/** The folder of that run. */
export const runIn = (folder: string): string => join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');

/** Starts it. */
export const startSubmission = (folder: string, ...more: string[]) => start(folder, [...RUN_SUBMISSION, ...more]);
