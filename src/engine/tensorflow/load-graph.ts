import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Binding, graphFunctions} from './binding.js';
import {type GraphNode, graphMessage, SAVED_MODEL_TAG, savedModelMessage} from './graph-def.js';

/**
 * Opens a session on a graph: from memory where the addon can do that, else from a file, which is removed again.
 * @param config - an encoded `ConfigProto`; not heeded where the graph is loaded from a file
 * @returns the session's id
 */
export function loadGraph(binding: Binding, nodes: readonly GraphNode[], config: Uint8Array): number {
  const functions = graphFunctions(binding);
  return functions ? functions.loadGraph(graphMessage(nodes), config) : loadFromFile(binding, nodes);
}

function loadFromFile(binding: Binding, nodes: readonly GraphNode[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModelMessage(nodes));
    return binding.loadSavedModel(folder, SAVED_MODEL_TAG);
  } finally {
    rmSync(folder, {recursive: true});
  }
}
