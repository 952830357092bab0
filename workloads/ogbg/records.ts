import {type CreateBatchDecoder, numbersFeature, parseTfExample} from '../../src/data/index.js';
import {type Graph, graphProblem, graphWriter} from './batch.js';

/** Decodes molecules of TFDS's `ogbg_molpcba`, in a thread. */
export const createBatchDecoder: CreateBatchDecoder<undefined> = () => (records, memory) => {
  const writer = graphWriter(memory);
  for (let i = 0; i < records.count; i++) records.read(i, (record) => writer.add(graphOf(record)));
  writer.finish();
};

/** How many atoms and bonds a record's molecule has. @throws Error saying what is wrong with the record */
export function sizeOfRecord(record: Uint8Array): [atoms: number, bonds: number] {
  const graph = graphOf(record);
  return [graph.atoms, graph.bonds];
}

function graphOf(record: Uint8Array): Graph & {readonly atoms: number; readonly bonds: number} {
  const example = parseTfExample(record);
  const numbers = (feature: string): readonly number[] => numbersFeature(example, feature);
  const one = (feature: string): number => {
    const values = numbers(feature);
    if (values.length === 1) return values[0]!;
    throw new Error(`its feature '${feature}' must be one number, found ${values.length}`);
  };
  const [atoms, bonds] = [one('num_nodes'), one('num_edges')];
  const graph = {
    nodes: numbers('node_feat'),
    edges: numbers('edge_feat'),
    pairs: numbers('edge_index'),
    labels: numbers('labels'),
  };
  const problem = graphProblem(graph, atoms, bonds);
  if (problem) throw new Error(problem);
  return {...graph, atoms, bonds};
}
