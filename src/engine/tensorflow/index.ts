/** What looks into the graphs that the engine makes: the bench. */
export {
  attributeKinds,
  type Binding,
  type DescribedRun,
  type DrawFunctions,
  type GraphFunctions,
  graphFunctions,
  type HostData,
  type OutputForm,
  tensorflowBackend,
} from './binding.js';
export {attribute, dataTypes, type GraphFunction, type GraphNode, reachable} from './graph-def.js';
export {shareOwnOperations} from './own-operations.js';
