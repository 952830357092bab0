import {attribute, type GraphFunction, nodeOf} from '../graph-def.js';
import type {TensorForm} from '../operation-results.js';
import type {LoopRecording} from './recording.js';

/** What a loop hands from step to step. References are to the graph that the loop is in. */
export interface LoopVariable extends TensorForm {
  /** What stands for it in the nodes of a step. */
  readonly argument: string;
  /** What the first step is given. */
  readonly initial: string;
  /** What a step makes of it. */
  readonly next: string;
}

export interface Loop {
  readonly variables: readonly LoopVariable[];
  /** Whether there is a step to take, a scalar of bool. */
  readonly shouldContinue: string;
  /** How many nodes the graph had before the step was recorded: what comes of them is the same at all steps. */
  readonly from: number;
  /** What else is. */
  readonly given?: readonly string[];
}

/**
 * Adds a loop whose step is made of nodes of the graph. TensorFlow makes it nodes of the graph again, in a cycle, when it is first run:
 * of what the loop gives, only what is asked for is computed.
 * @returns what the variables are after the last step
 */
export function addLoop(recording: LoopRecording, {variables, shouldContinue, ...step}: Loop): string[] {
  const {graph} = recording;
  const inArguments = new Set(variables.map(({argument}) => argument));
  const [condition, body] = [[shouldContinue], variables.map(({next}) => next)].map((outputs) =>
    partOf(recording, outputs, {...step, inArguments}),
  );
  const taken = [...new Set([condition!, body!].flatMap((part) => part.taken))];
  const fixed = taken.map((ref) => ({...formOf(recording, ref), argument: ref, initial: ref, next: ref}));
  const all = [...variables, ...fixed];
  const functionOf = (kind: string, nodes: readonly string[], outputs: readonly string[]): GraphFunction => {
    return {name: `${kind}_${graph.nodes.length}`, nodes, inputs: all.map(({argument}) => argument), outputs};
  };
  const node = graph.addNode({
    op: 'StatelessWhile',
    inputs: all.map(({initial}) => initial),
    attributes: {
      T: attribute.list(all.map(({dtype}) => attribute.type(dtype))),
      output_shapes: attribute.list(all.map(({shape}) => attribute.shape(shape))),
      _lower_using_switch_merge: attribute.bool(true),
    },
    functions: {
      cond: functionOf('condition', condition!.nodes, [shouldContinue]),
      body: functionOf(
        'step',
        body!.nodes,
        all.map(({next}) => next),
      ),
    },
  });
  return variables.map((_, i) => (i === 0 ? node : `${node}:${i}`));
}

function formOf({recorder}: LoopRecording, ref: string): TensorForm {
  const form = recorder.formOf(ref);
  if (!form) throw new Error(`a loop takes '${ref}', whose form is not known`);
  return form;
}

interface Part {
  /** The names of its nodes. */
  readonly nodes: readonly string[];
  /** What it takes from outside of the loop. */
  readonly taken: readonly string[];
}

type Outside = Pick<Loop, 'from' | 'given'> & {readonly inArguments: ReadonlySet<string>};

/** The nodes that outputs of a step need. Constants are made in it, rather than handed on from step to step. */
function partOf({graph}: LoopRecording, outputs: readonly string[], outside: Outside): Part {
  const {from, given = [], inArguments} = outside;
  const places = new Map(graph.nodes.map(({name}, place) => [name, place]));
  const [found, taken] = [new Set<number>(), new Set<string>(given)];
  const isTaken = (ref: string, place: number): boolean => {
    const {op} = graph.nodes[place]!;
    return taken.has(ref) || op === 'Placeholder' || (place < from && op !== 'Const');
  };
  const open = [...outputs];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (inArguments.has(ref)) continue;
    const place = places.get(nodeOf(ref))!;
    if (isTaken(ref, place)) taken.add(ref);
    else if (!found.has(place)) {
      found.add(place);
      open.push(...graph.nodes[place]!.inputs);
    }
  }
  const inOrder = [...found].sort((a, b) => a - b);
  return {nodes: inOrder.map((place) => graph.nodes[place]!.name), taken: [...taken]};
}
