import type {Workload} from '../src/contract/index.js';
import {closestName, UserError} from '../src/support/index.js';

/** A new workload is a folder beside this file and a line here. */
const workloads: {readonly [name: string]: () => Promise<Workload>} = {
  cifar: async () => (await import('./cifar/index.js')).cifar,
  mnist: async () => (await import('./mnist/index.js')).mnist,
};

export const workloadNames = Object.keys(workloads);

/**
 * @param asked - where the user gave the name, for the message
 * @throws UserError if there is no workload of that name
 */
export async function loadWorkload(name: string, asked = '--workload'): Promise<Workload> {
  if (Object.hasOwn(workloads, name)) return workloads[name]!();
  const close = closestName(name, workloadNames);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  throw new UserError(`${asked}: there is no workload '${name}'.${hint} There are: ${workloadNames.join(', ')}.`);
}
