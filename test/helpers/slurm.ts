import {execFileSync, spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

/** Whether Slurm and MUNGE are installed, and this process may start them. */
export const hasSlurm =
  process.getuid?.() === 0 &&
  ['slurmctld', 'slurmd', 'munged', 'sbatch'].every((name) => spawnSync('which', [name]).status === 0);

/** A cluster of one node on this machine. */
export interface Cluster {
  /** For the commands of Slurm. */
  readonly env: {readonly SLURM_CONF: string};
  restartNode(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Slurm as root, without cgroups, on free ports and in a folder of its own. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  for (const name of ['state', 'spool', 'munge']) mkdirSync(join(folder, name), {mode: 0o755});
  const key = join(folder, 'munge', 'key');
  writeFileSync(key, randomBytes(1024), {mode: 0o400});
  const socket = join(folder, 'munge', 'socket');
  const munge = ['pid', 'log', 'seed'].map((name) => `--${name}-file=${join(folder, 'munge', name)}`);
  execFileSync('munged', ['--force', `--key-file=${key}`, `--socket=${socket}`, ...munge]);
  const conf = join(folder, 'slurm.conf');
  writeFileSync(conf, configuration(folder, socket, [await freePort(), await freePort()]));
  const env = {SLURM_CONF: conf};
  const daemon = (name: string) => spawnSync(name, ['-f', conf], {env: {...process.env, ...env}, stdio: 'ignore'});
  daemon('slurmctld');
  daemon('slurmd');
  await untilIdle(env);
  const endOf = (name: string) => end(join(folder, name));
  return {
    env,
    async restartNode() {
      await endOf('slurmd.pid');
      daemon('slurmd');
    },
    async stop() {
      for (const name of ['slurmd.pid', 'slurmctld.pid', 'munge/pid']) await endOf(name);
      spawnSync('kill', ['-KILL', ...processesOf(conf).map(String)]);
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

function configuration(folder: string, socket: string, [controller, node]: readonly number[]): string {
  const host = hostname().split('.')[0];
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${socket}
SchedulerParameters=sched_interval=2,sched_min_interval=0,bf_interval=2
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number};
      server.close(() => resolve(port));
    });
  });
}

async function untilIdle(env: Cluster['env']): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const {stdout} = spawnSync('sinfo', ['--noheader', '--format=%T'], {
      env: {...process.env, ...env},
      encoding: 'utf8',
    });
    if (stdout?.trim() === 'idle') return;
    await sleep(200);
  }
  throw new Error('the cluster did not come up');
}

/** Ends a daemon by its pid file, and waits until it is gone. */
async function end(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  try {
    process.kill(pid, 'SIGTERM');
    for (let i = 0; i < 100; i++) {
      process.kill(pid, 0);
      await sleep(100);
    }
  } catch {
    // It has ended.
  }
}

/** What outlives the daemons: jobs under way, and the processes that look after them; all have the cluster's file in their environment. */
function processesOf(conf: string): number[] {
  const isOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`SLURM_CONF=${conf}`);
    } catch {
      return false; // It has ended.
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOf(name))
    .map(Number);
}
