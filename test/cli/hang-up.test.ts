import {spawn, spawnSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, finished, root, tool} from '../helpers/cli.js';
import {folderWithSubmission, RUN_SUBMISSION, runIn} from '../helpers/submission.js';

const hasTerminals = spawnSync('python3', ['-c', 'import pty']).status === 0;

test.skipIf(!hasTerminals)(
  'a run ends with its terminal, by a checkpoint and by the signal (skipped without python3, which makes terminals)',
  async () => {
    const folder = folderWithSubmission();
    const terminal = join(root, 'test', 'helpers', 'terminal.py');
    const words = [tool, ...RUN_SUBMISSION.filter((word) => word !== '--quiet'), '--max-global-steps', '100000000'];
    const until = [' left', process.execPath, ...words];
    const {stdout, stderr} = await finished(spawn('python3', [terminal, ...until], {cwd: folder}));
    expect(stderr).toBe('');
    expect(stdout).toContain('run folder: ');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('signal 1');
    expect(readdirSync(join(runIn(folder), 'checkpoints'))).not.toEqual([]);
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
    const listed = JSON.parse((await cli(folder, ['runs', 'list', '--json'])).stdout);
    expect(listed).toMatchObject([{status: 'interrupted'}]);
  },
);
