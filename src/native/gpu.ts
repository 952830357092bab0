import {readdirSync} from 'node:fs';
import {environment} from '../support/index.js';
import {installedTensorflow, type TensorflowKind} from './installed.js';

/** What the answer of {@link mayComputeOnGpu} depends on. */
export interface GpuFacts {
  /** Of the installation that will be loaded; undefined: none. */
  readonly kind: TensorflowKind | undefined;
  /** The names in `/dev`. */
  readonly devices: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** NVIDIA's driver has a device for each GPU, that of Windows one for all. */
const GPU = /^(nvidia\d+|dxg)$/;

/**
 * Whether TensorFlow will compute on a GPU, as far as can be told before it is loaded: the installation has CUDA kernels, and there is a
 * GPU that `CUDA_VISIBLE_DEVICES` does not hide.
 */
export function mayComputeOnGpu({kind, devices, env}: GpuFacts = factsHere()): boolean {
  const {CUDA_VISIBLE_DEVICES: visible} = env;
  const isHidden = visible !== undefined && /^\s*(-1.*)?$/.test(visible);
  return kind === 'gpu' && !isHidden && devices.some((name) => GPU.test(name));
}

function factsHere(): GpuFacts {
  const kind = installedTensorflow()?.kind;
  return {kind, devices: kind === 'gpu' ? readdirSync('/dev') : [], env: environment()};
}
