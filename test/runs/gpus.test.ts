import {expect, test} from 'vitest';
import {gpuFacts} from '../../src/runs/gpus.js';

const two = `0, NVIDIA A100-SXM4-40GB, 535.104.05, 96, 40960, 20480, 20480, 61
1, NVIDIA A100-SXM4-40GB, 535.104.05, 98, 40960, 10240, 30720, 63
`;

test('GPUs have the names and units that AlgoPerf gives them', () => {
  expect(gpuFacts(() => two)).toEqual({
    'gpu.count': 2,
    'gpu.0.compute.util': 0.96,
    'gpu.0.mem.util': 0.5,
    'gpu.0.mem.total': 40960,
    'gpu.0.mem.used': 20480,
    'gpu.0.mem.free': 20480,
    'gpu.0.temp.current': 61,
    'gpu.1.compute.util': 0.98,
    'gpu.1.mem.util': 0.25,
    'gpu.1.mem.total': 40960,
    'gpu.1.mem.used': 10240,
    'gpu.1.mem.free': 30720,
    'gpu.1.temp.current': 63,
    'gpu.avg.compute.util': 0.97,
    'gpu.avg.mem.util': 0.375,
    'gpu.avg.mem.total': 40960,
    'gpu.avg.mem.used': 15360,
    'gpu.avg.mem.free': 25600,
    'gpu.avg.temp.current': 62,
    gpu_model_name: 'NVIDIA A100-SXM4-40GB',
    gpu_count: 2,
    gpu_driver: '535.104.05',
  });
});

test('what the driver does not know is null, and so is its mean', () => {
  const facts = gpuFacts(() => '0, GRID, 1.2, [N/A], 16, 0, 16, [Not Supported]\n');
  expect(facts).toMatchObject({'gpu.0.compute.util': null, 'gpu.avg.compute.util': null, 'gpu.0.temp.current': null});
  expect(facts).toMatchObject({'gpu.0.mem.util': 0, 'gpu.avg.mem.free': 16});
});

test.each([
  ['the driver sees none', () => 'No devices were found\n'],
  [
    'there is no driver',
    () => {
      throw new Error('ENOENT');
    },
  ],
])('where %s there is nothing but the count', (_, ask) => {
  expect(gpuFacts(ask)).toEqual({'gpu.count': 0});
});

test('lines that are no row of the table are passed over', () => {
  const row = '10, A, 1.2, 50, 4, 2, 2, 60';
  const others = [
    'Failed to initialize 0, A, 1.2, 50, 4, 2, 2, 60',
    '0x, A, 1.2, 50, 4, 2, 2, 60',
    '1, A, 1.2, 50, 4, 2, 2',
    '2, A, 1.2, 50, 4, 2, 2, 60, 7',
    '',
  ];
  const facts = gpuFacts(() => [...others, row].join('\n'));
  expect(facts).toMatchObject({gpu_count: 1, 'gpu.10.compute.util': 0.5, 'gpu.avg.temp.current': 60});
  expect(Object.keys(facts).filter((key) => /^gpu\.\w+\.mem\.util$/.test(key))).toEqual([
    ...['gpu.10.mem.util', 'gpu.avg.mem.util'],
  ]);
});

test('a share of nothing is not known, and temperatures may be below 0 and have decimals', () => {
  expect(gpuFacts(() => '0, A, 1.2, 12.5, 0, 0, 0, -3\n')).toMatchObject({
    ...{'gpu.0.compute.util': 0.125, 'gpu.0.mem.util': null, 'gpu.0.mem.total': 0, 'gpu.0.temp.current': -3},
  });
  expect(gpuFacts(() => '0, A, 1.2, 1., x5, 5x, .5, --1\n')).toMatchObject({
    ...{'gpu.0.compute.util': null, 'gpu.0.mem.total': null, 'gpu.0.mem.used': null, 'gpu.0.mem.free': null},
    'gpu.0.temp.current': null,
  });
});
