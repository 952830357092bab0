/** What is watched of the compiled module that tfjs's backend drives. */
export interface WasmModule {
  /** What it exports: an object that WebAssembly has frozen. */
  readonly asm: {
    readonly memory: {readonly buffer: ArrayBuffer};
    readonly malloc: unknown;
    readonly free: unknown;
  };
  /** Its memory as tensors are written to and read from it: a new view of it when it grows. */
  readonly HEAPU8: Uint8Array;
  /** At the first call each of the two becomes what is exported. */
  readonly _malloc: unknown;
  readonly _free: unknown;
}

const VIEW: object = Uint8Array.prototype;
const NAMES = [...Reflect.ownKeys(VIEW), ...Reflect.ownKeys(Object.getPrototypeOf(VIEW))];

/**
 * @returns a function that says whether tensors are still allocated in, written to and read from the module's own memory, by its own
 * functions and JavaScript's
 */
export function watchWasmMemory(module: WasmModule): () => boolean {
  const {asm, _malloc, _free} = module;
  const {memory} = asm;
  const isOwnView = (view: Uint8Array): boolean =>
    // A proxy of a view is no view.
    ArrayBuffer.isView(view) &&
    Object.getPrototypeOf(view) === VIEW &&
    view.buffer === memory.buffer &&
    !NAMES.some((name) => Object.hasOwn(view, name));
  return () =>
    module.asm === asm &&
    [_malloc, asm.malloc].includes(module._malloc) &&
    [_free, asm.free].includes(module._free) &&
    isOwnView(module.HEAPU8);
}
