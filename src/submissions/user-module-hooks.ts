/** Loader hooks for a user's submission, in a thread of their own: the bare name `algoperf-ts` is this installation. */

let entry = '';

export function initialize(data: {readonly entry: string}): void {
  entry = data.entry;
}

type Resolve = (specifier: string, context: unknown) => Promise<unknown>;

export async function resolve(specifier: string, context: unknown, next: Resolve): Promise<unknown> {
  return specifier === 'algoperf-ts' ? {url: entry, shortCircuit: true} : next(specifier, context);
}
