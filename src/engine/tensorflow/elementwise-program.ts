import type {Instruction, Operand} from './elementwise.js';

/** The attributes of an operation `Elementwise`, and what it takes and gives: see its source. */
export interface ElementwiseProgram {
  /** What it takes, in order: outputs of nodes. */
  readonly inputs: readonly string[];
  /** The names of the instructions whose results it gives, in order. */
  readonly outputs: readonly string[];
  readonly program: readonly number[];
  readonly chains: readonly number[];
  readonly shapes: readonly number[];
  readonly inPlace: readonly number[];
  readonly ones: number;
  readonly blocks: number;
}

/**
 * Instructions as a program for the addon's operation.
 * @param chains - instructions in order; those on single numbers, if any, are the first chain
 * @param isGiven - whether an instruction's result is used elsewhere
 */
export function elementwiseProgram(
  chains: readonly (readonly Instruction[])[],
  isGiven: (name: string) => boolean,
): ElementwiseProgram {
  const all = chains.flat();
  const members = new Map(all.map((instruction) => [instruction.name, instruction]));
  const inputs = [...new Set(all.flatMap(({operands}) => operands.map(({ref}) => ref)))].filter(
    (ref) => !members.has(ref),
  );
  const given = all.filter(({name}) => isGiven(name));
  const ones = all.filter(({name, size}) => size === 1 && !isGiven(name));
  const fixed = [...inputs, ...[...given, ...ones].map(({name}) => name)];
  const places = new Map(fixed.map((ref, place) => [ref, place]));
  const blocks = chains.map((chain) => placeBlocks(chain, fixed.length, places));
  return {
    inputs,
    outputs: given.map(({name}) => name),
    program: all.flatMap(({fn, name, operands}) => [
      fn,
      ...[name, ...operands.map(({ref}) => ref)].map((ref) => places.get(ref)!),
    ]),
    chains: chains.flatMap((chain) => [chain.length, chain[0]!.size]),
    shapes: given.flatMap(({shape}) => [shape.length, ...shape]),
    inPlace: inPlaceOf(given, chains, inputs),
    ones: ones.length,
    blocks: Math.max(0, ...blocks),
  };
}

/** The index of the last instruction of a chain that uses each value. */
function lastUses(chain: readonly Instruction[]): Map<string, number> {
  return new Map(chain.flatMap(({operands}, i) => operands.map(({ref}) => [ref, i] as const)));
}

/**
 * Assigns places to the intermediate results of a chain; a place is free again after the last use of its value.
 * @returns how many there are at once
 */
function placeBlocks(chain: readonly Instruction[], first: number, places: Map<string, number>): number {
  const last = lastUses(chain);
  const free: number[] = [];
  const held = new Set<string>();
  let count = 0;
  chain.forEach(({name, operands}, i) => {
    if (!places.has(name)) {
      places.set(name, free.pop() ?? first + count++);
      held.add(name);
    }
    for (const {ref} of operands) {
      if (last.get(ref) === i && held.delete(ref)) free.push(places.get(ref)!);
    }
  });
  return count;
}

/** For each output the input whose memory it may reuse, or -1: an input that is not used later, and that no other output reuses. */
function inPlaceOf(
  given: readonly Instruction[],
  chains: readonly (readonly Instruction[])[],
  inputs: readonly string[],
): number[] {
  const numbers = new Map(inputs.map((ref, i) => [ref, i]));
  const free = new Set(inputs);
  return given.map((output) => {
    if (output.size === 1) return -1;
    const chain = chains.find((each) => each.includes(output))!;
    const made = chain.indexOf(output);
    const last = lastUses(chain);
    const isFit = ({ref, size}: Operand): boolean => size === output.size && free.has(ref) && last.get(ref)! <= made;
    const chosen = chain.flatMap(({operands}) => operands).find(isFit);
    if (chosen) free.delete(chosen.ref);
    return chosen ? numbers.get(chosen.ref)! : -1;
  });
}
