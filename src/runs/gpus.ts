import {execFileSync} from 'node:child_process';
import {environment} from '../support/index.js';

/** What AlgoPerf asks NVIDIA's driver for, in this order. */
const QUERIED = 'index,name,driver_version,utilization.gpu,memory.total,memory.used,memory.free,temperature.gpu';

/**
 * What `meta_data_N.json` says of the machine's GPUs under AlgoPerf's names: shares in [0, 1], memory in MiB, temperatures in degrees
 * Celsius, each GPU's and their mean; null where the driver does not say. As in AlgoPerf there are no such keys where there is no GPU,
 * but for `gpu.count`, which is 0 then.
 * @param ask - gives the driver's table; default: `nvidia-smi`'s
 * @see {@link https://github.com/mlcommons/algorithmic-efficiency | AlgoPerf}, `algoperf/logger_utils.py`
 */
export function gpuFacts(ask: () => string = askDriver): {[name: string]: number | string | null} {
  const gpus = gpusIn(ask);
  const [first] = gpus;
  if (!first) return {'gpu.count': 0};
  const ofEach = gpus.flatMap(({index, values}) => named(`gpu.${index}`, values));
  const means = MEASURED.map((_, i) => meanOf(gpus.map(({values}) => values[i]!)));
  return {
    'gpu.count': gpus.length,
    ...Object.fromEntries([...ofEach, ...named('gpu.avg', means)]),
    gpu_model_name: first.name,
    gpu_count: gpus.length,
    gpu_driver: first.driver,
  };
}

const MEASURED = ['compute.util', 'mem.util', 'mem.total', 'mem.used', 'mem.free', 'temp.current'] as const;

type Figure = number | null;

interface Gpu {
  readonly index: string;
  readonly name: string;
  readonly driver: string;
  /** In the order of `MEASURED`. */
  readonly values: readonly Figure[];
}

function gpusIn(ask: () => string): Gpu[] {
  let table: string;
  try {
    table = ask();
  } catch {
    // There is no such program, or no GPU that its driver sees.
    return [];
  }
  const rows = table.split('\n').map((line) => line.split(',').map((cell) => cell.trim()));
  return rows.filter((cells) => /^\d+$/.test(cells[0]!) && cells.length === 8).map(gpuOf);
}

type Figures = [Figure, Figure, Figure, Figure, Figure];

function gpuOf(cells: readonly string[]): Gpu {
  const [index, name, driver] = cells as [string, string, string];
  const [percent, total, used, free, temperature] = cells.slice(3).map(numberIn) as Figures;
  return {index, name, driver, values: [quotient(percent, 100), quotient(used, total), total, used, free, temperature]};
}

/** The driver writes `[N/A]` for what it does not know. */
function numberIn(cell: string): Figure {
  return /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}

function quotient(value: Figure, divisor: Figure): Figure {
  return value === null || !divisor ? null : value / divisor;
}

function meanOf(values: readonly Figure[]): Figure {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value / values.length), 0);
}

function named(prefix: string, values: Gpu['values']): [string, Figure][] {
  return MEASURED.map((name, i) => [`${prefix}.${name}`, values[i]!]);
}

function askDriver(): string {
  const words = [`--query-gpu=${QUERIED}`, '--format=csv,noheader,nounits'];
  return execFileSync('nvidia-smi', words, {
    encoding: 'utf8',
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
  });
}
