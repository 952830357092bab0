import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';
import {type Finished, finished} from './cli.js';
import {type Change, folderWithSubmission, runIn, startSubmission} from './submission.js';

export const RETURN = 'return {};';
const IN_INIT = '  return {init: {}, entries';

/** What a submission tries in its first step. */
export const inStep = (code: string): Change => [RETURN, `${code}\n  return {};`];
/** Or before its model is made. */
export const inInit = (code: string): Change => [IN_INIT, `  ${code}\n${IN_INIT}`];

/** Runs a submission with changes for three steps. */
export async function attempt(...changes: readonly Change[]): Promise<Finished & {folder: string}> {
  const folder = folderWithSubmission(...changes);
  return {folder, ...(await finished(startSubmission(folder, '--max-global-steps', '3')))};
}

/** The run ends with the submission's file and line, and what can't be changed. */
export async function refused(change: Change, words: string): Promise<void> {
  const {code, stdout, stderr} = await attempt(change);
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/mine\.ts:\d+:\d+/);
}

/** Tries each piece of code and notes what it threw, which ends nothing. */
const trying = (codes: readonly string[]): string =>
  `const thrown = [${codes.map((code) => `() => { ${code} }`)}].map((attempt) => {
    try { attempt(); return 'nothing'; } catch (error) { return String(error); }
  });
  process.getBuiltinModule('fs').writeFileSync('thrown.json', JSON.stringify(thrown));`;

/** What each piece of code threw, by what it tries; the run goes through to its end. */
export async function thrownBy(
  attempts: {readonly [what: string]: string},
  changesFor: (code: string) => Change[],
): Promise<{folder: string; thrown: {[what: string]: string}}> {
  const {folder, code, stderr} = await attempt(...changesFor(trying(Object.values(attempts))));
  expect(code, stderr).toBe(0);
  const thrown: string[] = JSON.parse(readFileSync(join(folder, 'thrown.json'), 'utf8'));
  return {folder, thrown: Object.fromEntries(Object.keys(attempts).map((what, i) => [what, thrown[i]!]))};
}

/** All of them are refused, since nothing of it can be written; by `refused` it is shown how a run ends that does not catch this. */
export async function allRefused(attempts: {readonly [what: string]: string}, changesFor: (code: string) => Change[]) {
  const {thrown} = await thrownBy(attempts, changesFor);
  for (const [what, text] of Object.entries(thrown))
    expect(text, what).toMatch(
      /^TypeError: .*(read.?only|not extensible|has only a getter|Cannot (delete|redefine)|internals are not there|has no access to it)/,
    );
}

/** Three steps that are no training: what else could bring the target within them? */
export async function unmoved(...changes: readonly Change[]): Promise<void> {
  const {folder, code, stdout, stderr} = await attempt(...changes);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({status: 'stopped', timeToTarget: null, globalStep: 3});
  expect(JSON.parse(readFileSync(join(runIn(folder), 'result.json'), 'utf8'))).toMatchObject({timeToTarget: null});
}
