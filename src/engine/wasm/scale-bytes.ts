import type {WasmBackend} from './types.js';

/** Bytes at one address become float32 values, `byte * scale + offset`, at another; see `scale-bytes.wat`. */
export type ScaleBytes = (from: number, to: number, count: number, scale: number, offset: number) => void;

/** `scale-bytes.wat`, compiled. */
export const COMPILED =
  'AGFzbQEAAAABCQFgBX9/f319AAIQAQR0ZmpzBm1lbW9yeQIAAAMCAQAHDgEKc2NhbGVCeXRlcwAACqkBAaYBAgJ/A3sgACACaiEGIAAgAkF4cWohBSAD/RMhByAE/RMhCAJAA0AgACAFTw0BIAD9AgMAIQkgASAJ/akB/fsBIAf95gEgCP3kAf0LBAAgASAJ/aoB/fsBIAf95gEgCP3kAf0LBBAgAEEIaiEAIAFBIGohAQwACwsCQANAIAAgBk8NASABIAAtAACzIAOUIASSOAIAIABBAWohACABQQRqIQEMAAsLCw==';

/** What is used of Node's `WebAssembly`, which its types leave out. */
interface WasmConstructors {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => {readonly exports: {readonly scaleBytes: ScaleBytes}};
}

const known = new WeakMap<object, ScaleBytes>();

/** The function over the backend's memory. */
export function scaleBytesIn({wasm}: WasmBackend): ScaleBytes {
  const {memory} = wasm.asm;
  const scaleBytes = known.get(memory) ?? instantiate(memory);
  known.set(memory, scaleBytes);
  return scaleBytes;
}

function instantiate(memory: object): ScaleBytes {
  const {Module, Instance} = (globalThis as unknown as {WebAssembly: WasmConstructors}).WebAssembly;
  return new Instance(new Module(Buffer.from(COMPILED, 'base64')), {tfjs: {memory}}).exports.scaleBytes;
}
