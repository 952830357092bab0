import type {NdArray} from '../../../contract/index.js';
import {groupsOf} from '../arrays-when-asked.js';
import {handleName} from '../assemble.js';
import type {GraphFunctions, HostData} from '../binding.js';
import {attribute, dataTypes, type GraphNode} from '../graph-def.js';
import type {Form} from '../trace.js';

/** A session, with a variable for each leaf of a program's state. */
export interface StateSession {
  readonly session: object;
  read(variables: readonly number[]): NdArray[];
  /** @param values - copied, group by group: the `data` of those that are not yet written is not asked for */
  write(values: readonly NdArray[]): void;
  /** Gives the variables of another session of the same forms the values of this one's, without copying. */
  handTo(other: StateSession): void;
  /** What runs of all variables' new values. */
  readonly writing: object;
}

/** Adds the variables to a session that has none. They have no values yet. */
export function addState(functions: GraphFunctions, session: object, forms: readonly Form[]): StateSession {
  for (const node of forms.flatMap(nodesOf)) functions.addNode(session, node);
  const all = forms.map((_, i) => i);
  const readingOf = (variables: readonly number[]): object =>
    functions.prepareRun(session, {feeds: [], fetches: variables.map(fetchName), targets: [], copies: false});
  const reading = readingOf(all);
  const writingOf = (variables: readonly number[]): object =>
    functions.prepareRun(session, {
      feeds: variables.map((variable) => ({node: valueName(variable), shape: forms[variable]!.shape})),
      fetches: [],
      targets: variables.map(assignName),
      copies: true,
    });
  const writing = writingOf(all);
  return {
    session,
    writing,
    read(variables) {
      const values = functions.callRun(readingOf(variables), []);
      return variables.map((variable, i) => ({...forms[variable]!, data: values[i]!}));
    },
    write(values) {
      for (const group of groupsOf(forms)) {
        const data = group.map((variable) => values[variable]!.data as HostData);
        functions.callRun(group.length === forms.length ? writing : writingOf(group), data);
      }
    },
    handTo: (other) => functions.handOver(reading, other.writing),
  };
}

const valueName = (variable: number): string => `value${variable}`;
const assignName = (variable: number): string => `assign${variable}`;
const fetchName = (variable: number): string => `fetch${variable}`;

/** A variable, what writes it and what reads it. */
function nodesOf({shape, dtype}: Form, variable: number): GraphNode[] {
  const [type, shaped, handle] = [attribute.type(dataTypes[dtype]), attribute.shape(shape), handleName(variable)];
  const [container, shared_name] = [attribute.string(''), attribute.string(handle)];
  return [
    {name: handle, op: 'VarHandleOp', inputs: [], attributes: {dtype: type, shape: shaped, container, shared_name}},
    {name: valueName(variable), op: 'Placeholder', inputs: [], attributes: {dtype: type, shape: shaped}},
    {
      name: assignName(variable),
      op: 'AssignVariableOp',
      inputs: [handle, valueName(variable)],
      attributes: {dtype: type},
    },
    {name: fetchName(variable), op: 'ReadVariableOp', inputs: [handle], attributes: {dtype: type}},
  ];
}
