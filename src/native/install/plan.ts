import {satisfies as isWithin, valid, validRange} from '@renovatebot/pep440';
import type {TensorflowKind} from '../installed.js';

/** The TensorFlow that is installed unless another is asked for: the one that this tool's graphs were tried on. */
export const DEFAULT_VERSION = '2.21.0';

/** One Python wheel to fetch and what to keep of it. */
export interface WheelRequest {
  /** Name in the package index, such as `tensorflow-cpu`. */
  readonly project: string;
  /** Which versions will do, as pip writes it: `==2.21.0`, or `<13.0,>=12.5.82`. */
  readonly specifier: string;
  /** Paths in the wheel to unpack; a path that ends in a slash stands for all below it. */
  readonly keep: readonly string[];
  /** Folder names that are left out wherever they stand in a path. */
  readonly leaveOut: readonly string[];
}

/** What an installation takes, known before anything is fetched. */
export interface InstallPlan {
  readonly version: string;
  readonly kind: TensorflowKind;
  /** The wheel with TensorFlow's libraries and the headers of its C interface. */
  readonly tensorflow: WheelRequest;
  /** Bytes on disk that are needed while installing: the wheels and, beside them, what is unpacked. */
  readonly diskBytes: number;
}

/** TensorFlow's libraries; they find one another beside themselves, so the wheel's layout is kept. */
export const LIBRARIES = Object.freeze(['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']);

/** The headers that the C interface is declared in: a few hundred kilobytes of the wheel's 270 MB of headers. */
const HEADERS = [
  'tensorflow/c/',
  'tensorflow/core/platform/',
  'tensorflow/core/common_runtime/next_pluggable_device/c/',
  'tsl/platform/',
  'tsl/c/',
  'xla/tsl/c/',
].map((folder) => `tensorflow/include/${folder}`);

const MEGABYTE = 1e6;

/** Measured for 2.21.0 on the CPU: 274 MB of wheel, 854 MB unpacked of it. For GPUs an estimate, on the safe side. */
const DISK_BYTES = {cpu: 1200 * MEGABYTE, gpu: 8500 * MEGABYTE};

/**
 * Plans an installation; nothing is looked at.
 * @param options.version - three numbers with dots
 * @param options.kind - `gpu` takes the CUDA build, and its CUDA libraries as {@link cudaWheels} lists them
 * @throws RangeError if the version is not three numbers with dots
 */
export function planInstall({version, kind}: {version: string; kind: TensorflowKind}): InstallPlan {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new RangeError(`version must be three numbers with dots, such as ${DEFAULT_VERSION}, got '${version}'`);
  }
  const project = kind === 'gpu' ? 'tensorflow' : 'tensorflow-cpu';
  const keep = [...LIBRARIES, ...HEADERS, `${project.replace('-', '_')}-${version}.dist-info/METADATA`];
  return {
    version,
    kind,
    tensorflow: {project, specifier: `==${version}`, keep, leaveOut: []},
    diskBytes: DISK_BYTES[kind],
  };
}

/**
 * The wheels with the CUDA libraries that a TensorFlow wheel was built for.
 * @param metadata - the text of its METADATA; the lines of its extra `and-cuda` are read
 * @throws Error if there are none
 * @see {@link https://packaging.python.org/en/latest/specifications/core-metadata/ | core metadata}, Requires-Dist
 */
export function cudaWheels(metadata: string): WheelRequest[] {
  const lines = metadata.matchAll(/^Requires-Dist: ([\w.-]+) ?\(?([^;()\n]*)\)? ?;.*extra == ["']and-cuda["']/gm);
  const wheels = [...lines].map(([, project, specifier]) => ({
    project: project!,
    specifier: specifier!.replaceAll(' ', ''),
    keep: ['nvidia/'],
    leaveOut: ['include'],
  }));
  if (wheels.length === 0) throw new Error("the wheel's METADATA lists nothing for the extra and-cuda");
  return wheels;
}

/** Whether a wheel's member is one of those to unpack. */
export function isKept(path: string, {keep, leaveOut}: WheelRequest): boolean {
  const folders = path.split('/').slice(0, -1);
  if (path.endsWith('/') || folders.some((folder) => folder === '..' || leaveOut.includes(folder))) return false;
  return keep.some((kept) => (kept.endsWith('/') ? path.startsWith(kept) : path === kept));
}

/**
 * Whether a version lies in a range; one that is not a version, or a pre-release, lies in none.
 * @param specifier - comparisons joined by commas; empty: any version
 * @throws Error if it is malformed
 * @see {@link https://packaging.python.org/en/latest/specifications/version-specifiers/ | version specifiers}
 */
export function satisfies(version: string, specifier: string): boolean {
  if (!validRange(specifier)) throw new Error(`'${specifier}' is not a version comparison`);
  return valid(version) !== null && isWithin(version, specifier);
}
