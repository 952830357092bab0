import {describe, expect, test} from 'vitest';
import {cudaWheels, isKept, planInstall, satisfies} from '../../src/native/install/plan.js';
import {chooseWheel, readIndexPage} from '../../src/native/install/wheel-index.js';

const metadata = `Name: tensorflow
Requires-Dist: numpy>=1.26.0
Provides-Extra: and-cuda
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3) ; extra == 'and-cuda'
Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"
`;

describe('the plan', () => {
  test('for the CPU takes one wheel', () => {
    const plan = planInstall({version: '2.21.0', kind: 'cpu'});
    expect(plan.tensorflow).toMatchObject({project: 'tensorflow-cpu', specifier: '==2.21.0'});
    expect(plan.diskBytes).toBeGreaterThan(274_000_871 + 854_361_974);
    expect(plan.tensorflow.keep).toContain('tensorflow_cpu-2.21.0.dist-info/METADATA');
  });

  test('for GPUs takes the CUDA build and the wheels that it names', () => {
    const plan = planInstall({version: '2.21.0', kind: 'gpu'});
    expect(plan.tensorflow).toMatchObject({project: 'tensorflow', specifier: '==2.21.0'});
    expect(plan.tensorflow.keep).toContain('tensorflow-2.21.0.dist-info/METADATA');
    expect(cudaWheels(metadata).map(({project, specifier}) => [project, specifier])).toEqual([
      ['nvidia-cublas-cu12', '<13.0,>=12.5.3.2'],
      ['nvidia-cudnn-cu12', '<10.0,>=9.3'],
    ]);
  });

  test('refuses a wheel without CUDA, and a version that is none', () => {
    expect(() => cudaWheels('Requires-Dist: numpy\n')).toThrow('lists nothing for the extra and-cuda');
    expect(() => planInstall({version: 'latest', kind: 'cpu'})).toThrow(
      new RangeError("version must be three numbers with dots, such as 2.21.0, got 'latest'"),
    );
  });

  test.each([
    ['tensorflow/libtensorflow_cc.so.2', true],
    ['tensorflow/libtensorflow_cc.so.2.old', false],
    ['tensorflow/include/tensorflow/c/eager/c_api.h', true],
    ['tensorflow/include/tensorflow/c/', false],
    ['tensorflow/include/Eigen/Core', false],
    ['tensorflow/include/tensorflow/c/../../../../../outside.h', false],
  ])('of TensorFlow, %s is kept: %s', (path, kept) => {
    expect(isKept(path, planInstall({version: '2.21.0', kind: 'cpu'}).tensorflow)).toBe(kept);
  });

  test.each([
    ['nvidia/cudnn/lib/libcudnn.so.9', true],
    ['nvidia/cuda_nvcc/bin/ptxas', true],
    ['nvidia/cudnn/include/cudnn.h', false],
    ['nvidia_cudnn_cu12-9.3.dist-info/RECORD', false],
  ])('of a CUDA wheel, %s is kept: %s', (path, kept) => {
    expect(isKept(path, cudaWheels(metadata)[0]!)).toBe(kept);
  });
});

test.each([
  ['2.21.0', '==2.21.0', true],
  ['2.21', '==2.21.0', true],
  ['2.21.1', '==2.21.0', false],
  ['12.5.3.1', '<13.0,>=12.5.3.2', false],
  ['12.5.3.2', '<13.0,>=12.5.3.2', true],
  ['12.10', '<13.0,>=12.5.3.2', true],
  ['13.0', '<13.0,>=12.5.3.2', false],
  ['13.0', '<=13.0', true],
  ['13.0', '>13.0', false],
  ['13.0.1', '>13.0', true],
  ['1.5', '!=1.5', false],
  ['2.22.0rc1', '>=2.0', false],
  ['2.21.4', '~=2.21.0', true],
  ['2.22.0', '~=2.21.0', false],
  ['2.21.4', '==2.21.*', true],
  ['2.21.0.post1', '>=2.21', true],
  ['2.21', '', true],
  ['no-version', '>=0', false],
])('version %s satisfies %s: %s', (version, specifier, expected) => {
  expect(satisfies(version, specifier)).toBe(expected);
});

test('what is not a comparison is refused', () => {
  expect(() => satisfies('1.0', '=>1.0')).toThrow("'=>1.0' is not a version comparison");
});

describe("an index's page", () => {
  const url = 'http://index.test/simple/tensorflow-cpu/';
  const sha256 = 'Ab'.repeat(32);
  const name = (version: string, platform = 'manylinux_2_27_x86_64') =>
    `tensorflow_cpu-${version}-cp312-cp312-${platform}.whl`;

  test('in JSON', () => {
    const files = [
      {filename: name('2.21.0'), url: 'https://files.test/a.whl', hashes: {sha256}, size: 5},
      {filename: name('2.20.0'), url: '../b.whl', hashes: {}, yanked: false},
      {filename: name('2.22.0'), url: 'c.whl', hashes: {sha256}, yanked: 'broken'},
      {filename: 'tensorflow_cpu-2.21.0.tar.gz', url: 'd.tar.gz', hashes: {}},
    ];
    expect(
      readIndexPage({url, contentType: 'application/vnd.pypi.simple.v1+json', body: JSON.stringify({files})}),
    ).toEqual([
      {filename: name('2.21.0'), url: 'https://files.test/a.whl', sha256: sha256.toLowerCase(), size: 5},
      {filename: name('2.20.0'), url: 'http://index.test/simple/b.whl', sha256: undefined, size: undefined},
    ]);
  });

  test('in HTML', () => {
    const body = `<a href="../../p/${name('2.21.0')}?x=1&amp;y=2#sha256=${sha256}">x</a>
      <a data-yanked="" href='${name('2.22.0')}'>y</a> <A rel=internal HREF="${name('2.20.0')}">z</A>`;
    expect(readIndexPage({url, contentType: 'text/html; charset=utf-8', body})).toEqual([
      {
        filename: name('2.21.0'),
        url: `http://index.test/p/${name('2.21.0')}?x=1&y=2`,
        sha256: sha256.toLowerCase(),
        size: undefined,
      },
      {filename: name('2.20.0'), url: `${url}${name('2.20.0')}`, sha256: undefined, size: undefined},
    ]);
  });

  test('the newest wheel for Linux x86-64 that will do is chosen', () => {
    const wheels = [
      name('2.9.3'),
      name('2.20.0'),
      name('2.21.0', 'macosx_12_0_arm64'),
      name('2.21.0', 'manylinux_2_27_aarch64'),
      name('2.22.0rc1'),
    ].map((filename) => ({filename, url, sha256, size: 1}));
    const request = {project: 'tensorflow-cpu', specifier: '>=2.0', keep: [], leaveOut: []};
    expect(chooseWheel(wheels, request).filename).toBe(name('2.20.0'));
    expect(() => chooseWheel(wheels, {...request, specifier: '==2.21.0'})).toThrow(
      /The newest it has: .*2\.9\.3, 2\.20\.0/,
    );
    const cuda = {...request, project: 'nvidia-cudnn-cu12'};
    expect(() => chooseWheel(wheels, {...cuda, specifier: '==2.21.0'})).toThrow(
      /The newest it has: .*2\.20\.0\.\nTry again later\.$/,
    );
    expect(() => chooseWheel([], cuda)).toThrow('The newest it has: none.\nCheck the network, or the index');
  });
});
