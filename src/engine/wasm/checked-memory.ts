import {count, OutOfMemoryError} from '../../support/index.js';

/** What tfjs's compiled module gives tensors their memory with. */
interface Allocator {
  readonly asm: {malloc(bytes: number): number};
  _malloc(bytes: number): number;
}

/** What WebAssembly can address. */
const MOST_BYTES = 2 ** 32;

/**
 * Lets the module throw where it has no memory for a tensor. tfjs takes what `malloc` gives without a look: the address 0, where memory
 * is out, would be a tensor over the module's own tables; and a size of 4 GB or more would wrap round to a smaller one. What is thrown is
 * an OutOfMemoryError.
 */
export function checkMemory(module: Allocator): void {
  const {malloc} = module.asm;
  module._malloc = (bytes) => {
    const address = bytes < MOST_BYTES ? malloc(bytes) : 0;
    if (address === 0 && bytes > 0) {
      throw new OutOfMemoryError(
        `out of memory: a tensor of ${count(Math.ceil(bytes / 1e6))} MB does not fit beside the others into WebAssembly's 4 GB. The ` +
          'engine for what is this large is tensorflow, which has no such limit (`algoperf-ts backend install tensorflow`, then --backend ' +
          'tensorflow); else a smaller batch or a smaller model needs less.',
      );
    }
    return address;
  };
}
