import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {finished, root, SMALL, tool} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const texts = pages.map((page) => readFileSync(join(root, page), 'utf8'));

function blocks(language: string): string[] {
  return texts.flatMap((text) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block]) => block!),
  );
}

const commands = [...new Set(blocks('sh').flatMap((block) => block.trim().split('\n')))];

/** Examples by the file's name in the line before them. */
const examples = texts.flatMap((text) =>
  [...text.matchAll(/^.*`([\w./-]+\.(?:ts|yaml))`[^\n]*:\n\n```(?:ts|yaml)\n([\s\S]*?)```/gm)].map(
    ([, file, content]) => ({file: file!, content: content!}),
  ),
);

/** Run as they stand by continuous integration and by the test of the package, or too heavy for a test. */
const elsewhere = [
  'npm ci && npm run build && npx algoperf-ts run --workload mnist --config configs/mnist/three-cycles.yaml',
  'npm ci && npm test',
  'npm run build && npm pack',
  'npm install --global --ignore-scripts ./algoperf-ts-0.1.0.tgz',
  'algoperf-ts backend install tensorflow',
  // It takes 5.7 GB, and TensorFlow of that kind.
  'algoperf-ts backend install tensorflow --gpu',
  'npm run bench -- --devices',
  // They build the addon again; the third is test/native/threads.test.ts.
  'npm run sanitize -- address',
  'npm run sanitize -- address test/engine/lstm.test.ts',
  'npm run sanitize -- thread',
  'algoperf-ts data download cifar',
  'algoperf-ts run --workload cifar --config configs/cifar/nesterov-cosine.yaml',
  // See test/workloads/ogbg-training.test.ts.
  'algoperf-ts run --workload ogbg --config configs/ogbg/nesterov.yaml --data-dir molecules',
  'algoperf-ts run --workload ogbg --config configs/ogbg/small.yaml --data-dir molecules',
  // See test/workloads/finewebedu-data.test.ts.
  'algoperf-ts data prepare finewebedu_lm --text books --data-dir tokens',
  'algoperf-ts data prepare finewebedu_lm --text ten.jsonl --data-dir tokens',
  // See test/workloads/token-documents.test.ts.
  'algoperf-ts data prepare finewebedu_lm --tokens fineweb_edu_10B/fwedu_10B_tokenized --data-dir tokens',
  'algoperf-ts run --workload finewebedu_lm --config configs/finewebedu_lm/nadamw.yaml --data-dir tokens',
  'algoperf-ts run --workload text_lm --config configs/text_lm/three-cycles.yaml --experiment-name speeches',
  // See test/workloads/wmt-training.test.ts.
  'algoperf-ts run --workload wmt --config configs/wmt/nadamw.yaml --data-dir translations',
  'algoperf-ts run --workload wmt_small --config configs/wmt_small/adamw.yaml --data-dir translations',
  // See test/workloads/text-lm-training.test.ts.
  "algoperf-ts runs sample speeches --prompt 'My fellow Americans' --temperature .8 --top-k 40",
  'npm run bench -- --help',
  // These go on until they are interrupted: see report.test.ts and test/report/live-page.test.ts.
  'algoperf-ts report looked-at --watch --port 41234',
  'algoperf-ts plot --workload mnist --config sched.yaml --watch',
];

let folder = '';

/** A folder with the configs and a tool on the PATH whose runs are short and on little data. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-readme-'));
  symlinkSync(join(root, 'configs'), join(folder, 'configs'));
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'sched.yaml'), SMALL);
  for (const {file, content} of examples) if (!file.includes('/')) writeFileSync(join(folder, file), content);
  mkdirSync(join(folder, 'bin'));
  const short = `if [ "$1" = run ] || { [ "$1" = sweep ] && [ -f "$2" ]; }; then set -- "$@" --max-global-steps 12 --data-dir "${folder}/data" --backend wasm; fi`;
  writeFileSync(join(folder, 'bin', 'algoperf-ts'), `#!/bin/sh\n${short}\nexec "${process.execPath}" "${tool}" "$@"\n`);
  chmodSync(join(folder, 'bin', 'algoperf-ts'), 0o755);
  return () => execFileSync('rm', ['-rf', folder]);
});

function shell(command: string): Promise<{code: number | null; stdout: string; stderr: string}> {
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  return finished(spawn('bash', ['-c', command], {cwd: folder, env}));
}

describe('the commands of the README and of docs/', () => {
  const here = commands.filter((command) => !elsewhere.includes(command));

  test('are all run somewhere', () => {
    expect(elsewhere.filter((command) => !commands.includes(command))).toEqual([]);
    expect(here.length).toBeGreaterThan(10);
  });

  test.each(here)('%s', async (command) => {
    const {code, stderr, stdout} = await shell(command);
    expect(code, stderr + stdout).toBe(0);
  });
});

test('a file of the project that is shown is the one that is there', () => {
  const shown = examples.filter(({file}) => file.includes('/'));
  expect(shown.map(({file}) => file)).toContain('configs/mnist/three-cycles.yaml');
  for (const {file, content} of shown) expect(content, file).toBe(readFileSync(join(root, file), 'utf8'));
});

test('links lead to what is there', () => {
  for (const [i, text] of texts.entries()) {
    for (const [, target] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      expect(existsSync(join(root, dirname(pages[i]!), target!)), `${pages[i]}: ${target}`).toBe(true);
    }
  }
});

test('the sweeps have trained every point, and can be started again', async () => {
  const list = async () =>
    JSON.parse((await shell('algoperf-ts runs list --json')).stdout) as {experiment: string; status: string}[];
  const names = (await list()).map(({experiment}) => experiment);
  for (const rate of ['1e-3', '2e-3', '4e-3']) expect(names).toContain(`learning-rates/lr-${rate}`);
  for (const point of ['2e-3-seed-1', '2e-3-seed-2', '4e-3-seed-1', '4e-3-seed-2'])
    expect(names).toContain(`grid/lr-${point}`);
  const {code, stdout} = await shell('bash configs/sweeps/learning-rates.sh');
  expect(code).toBe(0);
  expect(stdout).toContain('learning-rates/lr-4e-3');
  expect((await list()).length).toBe(names.length);
});

const hasParallel = spawnSync('parallel', ['--version']).status === 0;

test.skipIf(!hasParallel)('the sweep by GNU parallel trains every point, and can be started again', async () => {
  for (const _ of [1, 2]) {
    const {code, stderr} = await shell('bash configs/sweeps/gnu-parallel.sh');
    expect(code, stderr).toBe(0);
    const runs = JSON.parse((await shell('algoperf-ts runs list --json')).stdout) as {experiment: string}[];
    const points = runs.filter(({experiment}) => experiment.startsWith('parallel-grid/'));
    expect(points.map(({experiment}) => experiment).sort()).toEqual(
      ['2e-3-seed-1', '2e-3-seed-2', '4e-3-seed-1', '4e-3-seed-2'].map((point) => `parallel-grid/lr-${point}`),
    );
  }
});

test('the Slurm script is sound and names what exists', () => {
  execFileSync('bash', ['-n', join(root, 'configs', 'sweeps', 'slurm.sbatch')]);
  expect(readFileSync(join(root, 'configs', 'sweeps', 'slurm.sbatch'), 'utf8')).toContain(
    'configs/mnist/single-cycle.yaml',
  );
});

const samples = readdirSync(join(root, 'configs'))
  .filter((workload) => !['search-spaces', 'submissions', 'sweeps'].includes(workload))
  .flatMap((workload) => readdirSync(join(root, 'configs', workload)).map((file) => [workload, file]));

test.each(samples)(
  'configs/%s/%s is a config, as it stands and with the changes that its comment names',
  async (workload, file) => {
    const check = async (...words: string[]): Promise<string> => {
      const {code, stdout, stderr} = await warm(folder, ['config', 'check', ...words, '--workload', workload!]);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const path = `configs/${workload}/${file}`;
    const checked = await check(path);
    writeFileSync(join(folder, 'again.yaml'), checked);
    expect(JSON.parse(await check('again.yaml', '--json'))).toEqual(parse(checked));
    const changes =
      readFileSync(join(root, path), 'utf8')
        .match(/^# .*--set .*$/gm)
        ?.join(' ') ?? '';
    await check(path, ...(changes.match(/--set \S+/g) ?? []).flatMap((change) => change.split(' ')));
  },
);
