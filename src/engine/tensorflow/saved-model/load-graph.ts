import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {environment, UserError} from '../../../support/index.js';
import {type Binding, graphFunctions} from '../binding.js';
import {type GraphNode, SAVED_MODEL_TAG, savedModelMessage} from '../graph-def.js';

/**
 * Checks, before anything is recorded, whether graphs can be loaded.
 * @throws UserError naming TMPDIR, where the addon takes them from files only and none can be written
 */
export function requireWayForGraphs(binding: Binding): void {
  if (!graphFunctions(binding)) withGraphFile(Buffer.alloc(LEAST_BYTES), () => {});
}

/** Bytes that the graph of a small step takes. */
const LEAST_BYTES = 2 ** 20;

/** Opens a session on a graph, by way of a file, which is removed again. @returns the session's id */
export function loadGraph(binding: Binding, nodes: readonly GraphNode[]): number {
  return withGraphFile(savedModelMessage(nodes), (folder) => binding.loadSavedModel(folder, SAVED_MODEL_TAG));
}

/** Calls `use` with a folder that holds a graph's file, for the time of the call. */
function withGraphFile<T>(message: Uint8Array, use: (folder: string) => T): T {
  const folder = writeGraphFile(message);
  try {
    return use(folder);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

function writeGraphFile(message: Uint8Array): string {
  const root = environment().TMPDIR || tmpdir();
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(root, 'algoperf-ts-graph-'));
    writeFileSync(join(folder, 'saved_model.pb'), message);
    return folder;
  } catch (cause) {
    if (folder !== undefined) rmSync(folder, {recursive: true});
    const {code} = cause as NodeJS.ErrnoException;
    throw new UserError(
      `TMPDIR: TensorFlow takes graphs from files in ${root}, where none can be written (${code}). ` +
        'Make the folder, or room in it, or set TMPDIR to another one; the addon that `algoperf-ts backend install tensorflow` builds needs no files.',
      {cause},
    );
  }
}
