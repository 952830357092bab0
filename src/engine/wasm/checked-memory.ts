import {count} from '../../support/index.js';

/** What tfjs's compiled module gives tensors their memory with. */
interface Allocator {
  readonly asm: {malloc(bytes: number): number};
  _malloc(bytes: number): number;
}

/** What WebAssembly can address. */
const MOST_BYTES = 2 ** 32;

/**
 * Lets the module throw where it has no memory for a tensor. tfjs takes what `malloc` gives without a look: the address 0, where memory
 * is out, would be a tensor over the module's own tables; and a size of 4 GB or more would wrap round to a smaller one.
 */
export function checkMemory(module: Allocator): void {
  const {malloc} = module.asm;
  module._malloc = (bytes) => {
    const address = bytes < MOST_BYTES ? malloc(bytes) : 0;
    if (address === 0 && bytes > 0) {
      throw new Error(
        `out of memory: a tensor of ${count(Math.ceil(bytes / 1e6))} MB does not fit beside the others into WebAssembly's 4 GB; ` +
          'a smaller batch needs less, and the engine tensorflow has no such limit',
      );
    }
    return address;
  };
}
