import type {NdArray} from '../../../contract/index.js';
import {unalignedCopy} from '../aligned.js';
import {attributeKinds, type Binding, type HostData} from '../binding.js';
import {dataTypes} from '../graph-def.js';
import type {Form} from '../trace.js';
import type {GraphSession} from './session.js';

/**
 * The state's values, wherever they are: as tensors, or in the variables of the session that changed them last. Sessions
 * can't share variables; what one needs of another's is handed over as tensors, without copying values.
 */
export interface Variables {
  /** Gives the session's variables their current values. */
  provide(session: GraphSession): void;
  /** What the session changes is current there alone from now on. */
  wereChangedBy(session: GraphSession): void;
  /** Ids of tensors with all current values; the caller deletes them. */
  tensors(): number[];
  /** Copies on the host. */
  read(variables: readonly number[]): NdArray[];
  /** Replaces all values; what is given may be changed afterwards. */
  write(values: readonly NdArray[]): void;
  /** Takes the values out of all sessions, which are let go of. */
  leaveSessions(): void;
  dispose(): void;
}

/** Where a variable's value is current. */
interface Location {
  /** Id of a tensor that holds it, if there is one. */
  tensor: number | undefined;
  readonly sessions: Set<GraphSession>;
}

/** @param initial - copied */
export function createVariables(binding: Binding, forms: readonly Form[], initial: readonly NdArray[]): Variables {
  const locations: readonly Location[] = forms.map(() => ({tensor: undefined, sessions: new Set()}));
  const all = forms.map((_, i) => i);

  function write(values: readonly NdArray[]): void {
    locations.forEach((location, i) => {
      const tensor = ownTensor(binding, values[i]!); // it may be made of the old value, when its data is asked for
      forget(binding, location);
      location.tensor = tensor;
    });
  }

  function withAll<T>(use: (id: number, i: number) => T): T[] {
    return withTensors({binding, locations, variables: all}, (ids) => ids.map(use));
  }

  write(initial);
  return {
    provide: (session) => provide(binding, locations, session),
    wereChangedBy: (session) => moveTo(binding, locations, session),
    tensors: () => withAll((id, i) => sameTensor(binding, id, forms[i]!)),
    read: (variables) =>
      withTensors({binding, locations, variables}, (ids) =>
        ids.map((id, i) => ({...forms[variables[i]!]!, data: binding.tensorDataSync(id)})),
      ),
    write,
    leaveSessions() {
      const values = withAll((id, i) => sameTensor(binding, id, forms[i]!));
      locations.forEach((location, i) => {
        forget(binding, location);
        location.tensor = values[i];
      });
    },
    dispose() {
      for (const location of locations) forget(binding, location);
    },
  };
}

function provide(binding: Binding, locations: readonly Location[], session: GraphSession): void {
  const variables = session.trace.variables.filter((i) => !locations[i]!.sessions.has(session));
  if (variables.length === 0) return;
  withTensors({binding, locations, variables}, (ids) => session.store(variables, ids));
  for (const i of variables) locations[i]!.sessions.add(session);
}

/** The session's values of the variables that it changes become the only current ones. */
function moveTo(binding: Binding, locations: readonly Location[], session: GraphSession): void {
  for (const i of session.trace.changed) {
    const location = locations[i]!;
    if (location.tensor === undefined && location.sessions.size === 1) continue;
    forget(binding, location);
    location.sessions.add(session);
  }
}

function forget(binding: Binding, location: Location): void {
  if (location.tensor !== undefined) binding.deleteTensor(location.tensor);
  location.tensor = undefined;
  location.sessions.clear();
}

interface TensorsOptions {
  readonly binding: Binding;
  readonly locations: readonly Location[];
  readonly variables: readonly number[];
}

/** Calls with ids of tensors that hold the variables' values, for the time of the call. */
function withTensors<T>({binding, locations, variables}: TensorsOptions, use: (ids: readonly number[]) => T): T {
  const fetched = new Map<number, number>();
  for (const [session, held] of bySession(locations, variables))
    session.fetch(held).forEach(({id}, n) => void fetched.set(held[n]!, id));
  try {
    return use(variables.map((i) => locations[i]!.tensor ?? fetched.get(i)!));
  } finally {
    for (const id of fetched.values()) binding.deleteTensor(id);
  }
}

/** Those of the variables that only sessions hold, by a session to fetch them from. */
function bySession(locations: readonly Location[], variables: readonly number[]): Map<GraphSession, number[]> {
  const held = new Map<GraphSession, number[]>();
  for (const i of variables) {
    const {tensor, sessions} = locations[i]!;
    const [session] = sessions;
    if (tensor === undefined) held.set(session!, [...(held.get(session!) ?? []), i]);
  }
  return held;
}

/** The same values as one more tensor. */
function sameTensor(binding: Binding, tensor: number, {dtype}: Form): number {
  const type = {name: 'T', type: attributeKinds.type, value: dataTypes[dtype]};
  return binding.executeOp('Identity', [type], [tensor], 1)[0]!.id;
}

/** A tensor of its own memory: the caller's keeps changing, and must be freed by the main thread, as no variable's is. */
function ownTensor(binding: Binding, {shape, dtype, data}: NdArray): number {
  return binding.createTensor(shape, dataTypes[dtype], unalignedCopy(data) as HostData);
}
