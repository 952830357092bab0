import {type GraphNode, nodeOf} from '../graph-def.js';
import type {LoopRecording} from './recording.js';
import type {RecordedStep, StepGradient} from './step.js';

/** Operations that take no longer than to keep what they give, and to look it up again. */
const CHEAP = new Set(
  'GatherV2 Cast Greater GreaterEqual Less LessEqual Equal NotEqual LogicalNot LogicalAnd LogicalOr Reshape ExpandDims BroadcastTo'.split(
    ' ',
  ),
);

/** What a value of a step is to its gradient: the same at all steps, computed again from the step's number, or kept. */
type Kind = 'fixed' | 'cheap' | 'kept';

interface Place {
  readonly node: GraphNode;
  readonly place: number;
}

type PlaceOf = (ref: string) => Place;

/**
 * What the gradient of a step needs of the step itself, as references to the step's nodes. What is the same at all steps, or follows
 * from the step's number by cheap operations alone, is computed again.
 */
export function residualsOf({graph}: LoopRecording, step: RecordedStep, gradient: StepGradient): string[] {
  const places = new Map(graph.nodes.map(({name}, place) => [name, place]));
  const placeOf: PlaceOf = (ref) => {
    const place = places.get(nodeOf(ref))!;
    return {node: graph.nodes[place]!, place};
  };
  const kindOf = kindsOf(step, placeOf);
  return takenBy(gradient, placeOf).filter((ref) => kindOf(ref) === 'kept');
}

function kindsOf(step: RecordedStep, placeOf: PlaceOf): (ref: string) => Kind {
  const known = new Map<string, Kind>([
    [step.number.ref, 'cheap'],
    ...step.carry.map(({ref}) => [ref, 'kept'] as const),
  ]);
  const kindOf = (ref: string): Kind => {
    const name = nodeOf(ref);
    const kind = known.get(name) ?? kindOfNode(placeOf(ref));
    known.set(name, kind);
    return kind;
  };
  const kindOfNode = ({node, place}: Place): Kind => {
    if (place < step.from || node.op === 'Placeholder') return 'fixed';
    const kinds = new Set(node.inputs.map(kindOf));
    if (kinds.has('kept')) return 'kept';
    if (!kinds.has('cheap')) return 'fixed';
    return CHEAP.has(node.op) ? 'cheap' : 'kept';
  };
  return kindOf;
}

/** What the nodes of a gradient take from outside of it. */
function takenBy({from, dNext, dOutput, dCarry, dInput, taken}: StepGradient, placeOf: PlaceOf): string[] {
  const refsOf = (values: readonly ({readonly ref: string} | undefined)[]): string[] =>
    values.flatMap((value) => (value ? [value.ref] : []));
  const seen = new Set(refsOf([...dNext, dOutput]));
  const open = refsOf([...dCarry, dInput, ...taken.map(({gradient}) => gradient)]);
  const found: string[] = [];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (seen.has(ref)) continue;
    seen.add(ref);
    const {node, place} = placeOf(ref);
    if (place >= from) open.push(...node.inputs);
    else found.push(ref);
  }
  return found;
}
