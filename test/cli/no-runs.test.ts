import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {temporaryFolder} from '../helpers/cli.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

/** A folder without runs, with what may be taken for some. */
function folderOfOthers(): string {
  const folder = temporaryFolder();
  for (const path of ['empty', 'others/lightning_logs/version_0', 'link', 'algoperf/mnist_pytorch/trial_1'])
    mkdirSync(join(folder, path), {recursive: true});
  writeFileSync(join(folder, 'others/lightning_logs/version_0/hparams.yaml'), 'lr: 1\n');
  for (const name of 'abcdefg') writeFileSync(join(folder, 'others', name), '');
  writeFileSync(join(folder, 'algoperf/mnist_pytorch/trial_1/notes.txt'), '');
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('nowhere', join(folder, 'link/broken'));
  return folder;
}

const FORM = 'they are looked for as <experiment>/[study_k/]<workload>_tfjs/trial_n';
const SUBMISSIONS = 'they are looked for as <submission>/[study_k/]<workload>_tfjs/trial_n (or _jax, _pytorch)';
const OTHERS = 'in it are: a, b, c, d, e and 3 more';

test.each<[words: string, messages: readonly string[]]>([
  ['score empty', [`empty: there are no runs in it; ${SUBMISSIONS}; it is empty`]],
  ['score others', [`others: there are no runs in it; ${SUBMISSIONS}; ${OTHERS}`]],
  ['score link', [`link: there are no runs in it; ${SUBMISSIONS}; in it are: broken\n  link: ENOENT`]],
  ['score algoperf', ['trial_1: it has neither eval_measurements.csv nor a text log', 'in it are: notes.txt']],
  ['report empty', ['there are no runs in ', `empty; ${FORM}, or of AlgoPerf's own`, 'it is empty']],
  ['report link', [FORM, 'broken: it is a link to what is no longer there']],
  ['report --experiment-dir others', [`there are no runs in others; ${FORM}`, OTHERS]],
  ['report algoperf/mnist_pytorch/trial_1', ["of AlgoPerf's own", 'in it are: notes.txt']],
  ['report file', ["there is no run 'file' in experiments.", 'file is a file, and a run is a folder.']],
  ['verify others', ["there is no run 'others' in experiments.", 'others is outside it: if it holds runs', OTHERS]],
  ['eval empty --experiment-dir .', [`empty holds no runs: ${FORM}; it is empty.`]],
  ['runs compare others', [OTHERS]],
  ['runs show nothing', ["there is no run 'nothing' in experiments. There is no folder experiments; --experiment-dir"]],
  ['runs export --csv runs.csv', ['there are no runs in experiments: there is no such folder']],
  ['sweep status others --experiment-dir .', [`others: no sweep was started there: it has no sweep.json (${OTHERS})`]],
  ['sweep status nothing', ['nothing: no sweep was started there: it has no sweep.json (there is no such folder)']],
])('%s: says what was looked for, and what was found', async (words, messages) => {
  const folder = folderOfOthers();
  const {code, stdout, stderr} = await warm(folder, words.split(' '));
  for (const message of messages) expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
  expect(existsSync(join(folder, 'report.html'))).toBe(false);
});
