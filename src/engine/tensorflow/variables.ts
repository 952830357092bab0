import type {NdArray} from '../../contract/index.js';
import {unalignedCopy} from './aligned.js';
import type {Binding, HostData} from './binding.js';
import {dataTypes} from './graph-def.js';
import type {GraphSession} from './session.js';
import type {Form} from './trace.js';

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
  read(): NdArray[];
  /** Replaces all values; what is given may be changed afterwards. */
  write(values: readonly NdArray[]): void;
  dispose(): void;
}

/** Where a variable's value is current. */
interface Home {
  /** Id of a tensor that holds it, if there is one. */
  tensor: number | undefined;
  readonly sessions: Set<GraphSession>;
}

export function createVariables(binding: Binding, forms: readonly Form[], initial: readonly NdArray[]): Variables {
  const homes: readonly Home[] = forms.map(() => ({tensor: undefined, sessions: new Set()}));

  function forget(home: Home): void {
    if (home.tensor !== undefined) binding.deleteTensor(home.tensor);
    home.tensor = undefined;
    home.sessions.clear();
  }

  /** Calls with ids of tensors that hold the values, for the time of the call. */
  function withTaken<T>(variables: readonly number[], use: (ids: readonly number[]) => T): T {
    const ids = new Map<number, number>();
    const bySession = new Map<GraphSession, number[]>();
    for (const i of variables) {
      const {tensor, sessions} = homes[i]!;
      if (tensor !== undefined) ids.set(i, tensor);
      else bySession.set([...sessions][0]!, [...(bySession.get([...sessions][0]!) ?? []), i]);
    }
    const fetched: number[] = [];
    for (const [session, held] of bySession) {
      session.fetch(held).forEach(({id}, n) => {
        ids.set(held[n]!, id);
        fetched.push(id);
      });
    }
    try {
      return use(variables.map((i) => ids.get(i)!));
    } finally {
      for (const id of fetched) binding.deleteTensor(id);
    }
  }

  function write(values: readonly NdArray[]): void {
    homes.forEach((home, i) => {
      forget(home);
      home.tensor = ownTensor(binding, values[i]!);
    });
  }

  write(initial);
  const all = forms.map((_, i) => i);
  return {
    provide(session) {
      const missing = session.trace.variables.filter((i) => !homes[i]!.sessions.has(session));
      if (missing.length === 0) return;
      withTaken(missing, (ids) => session.store(missing, ids));
      for (const i of missing) homes[i]!.sessions.add(session);
    },
    wereChangedBy(session) {
      for (const i of session.trace.changed) {
        const home = homes[i]!;
        if (home.tensor === undefined && home.sessions.size === 1) continue;
        forget(home);
        home.sessions.add(session);
      }
    },
    tensors: () => withTaken(all, (ids) => ids.map((id, i) => again(binding, id, forms[i]!))),
    read: () => withTaken(all, (ids) => ids.map((id, i) => ({...forms[i]!, data: binding.tensorDataSync(id)}))),
    write,
    dispose: () => homes.forEach(forget),
  };
}

/** The same values as one more tensor. */
function again(binding: Binding, tensor: number, {dtype}: Form): number {
  return binding.executeOp('Identity', [{name: 'T', type: 4, value: dataTypes[dtype]}], [tensor], 1)[0]!.id;
}

/** A tensor of its own memory: the caller's goes on changing, and must be let go of by the main thread, as no variable's is. */
function ownTensor(binding: Binding, {shape, dtype, data}: NdArray): number {
  return binding.createTensor(shape, dataTypes[dtype], unalignedCopy(data) as HostData);
}
