import type {Workload} from '../src/contract/index.js';
import {closestName, describeValue, frozen, isModulePath, UserError} from '../src/support/index.js';

export {haveSameData} from './guard.js';

/** A new workload is a folder beside this file and a line here; a variant of one is a value made from it, and a line here. */
const workloads: {readonly [name: string]: () => Promise<Workload>} = {
  cifar: async () => (await import('./cifar/index.js')).cifar,
  finewebedu_lm: async () => (await import('./finewebedu_lm/index.js')).finewebeduLm,
  mnist: async () => (await import('./mnist/index.js')).mnist,
  ogbg: async () => (await import('./ogbg/index.js')).ogbg,
  ogbg_gelu: async () => (await import('./ogbg/index.js')).ogbgGelu,
  ogbg_model_size: async () => (await import('./ogbg/index.js')).ogbgModelSize,
  ogbg_silu: async () => (await import('./ogbg/index.js')).ogbgSilu,
  text_lm: async () => (await import('./text_lm/index.js')).textLm,
  wmt: async () => (await import('./wmt/index.js')).wmt,
  wmt_attention_temp: async () => (await import('./wmt/index.js')).wmtAttentionTemp,
  wmt_glu_tanh: async () => (await import('./wmt/index.js')).wmtGluTanh,
  wmt_post_ln: async () => (await import('./wmt/index.js')).wmtPostLn,
  wmt_small: async () => (await import('./wmt/index.js')).wmtSmall,
};

export const workloadNames: readonly string[] = Object.freeze(Object.keys(workloads));

/** Those that were loaded here. */
const loaded = new WeakSet<Workload>();

/**
 * A built-in workload by its name, or a user's by the path of its .ts or .js file; what it consists of can only be read.
 * @param givenBy - where the user named it, for the message
 * @throws UserError if there is no workload of that name, the file holds none, or what is given is no text
 */
export async function loadWorkload(nameOrPath: string, givenBy = '--workload'): Promise<Workload> {
  if (typeof nameOrPath !== 'string')
    throw new UserError(
      `${givenBy}: must be a name, or the path of a .ts or .js file; found ${describeValue(nameOrPath)}`,
    );
  if (Object.hasOwn(workloads, nameOrPath)) return known(await workloads[nameOrPath]!());
  if (isModulePath(nameOrPath)) {
    const {loadUserWorkload} = await import('./user-workload.js');
    const workload = await loadUserWorkload(nameOrPath, givenBy);
    // Runs are listed and scored by their workload's name.
    if (Object.hasOwn(workloads, workload.name))
      throw new UserError(
        `${nameOrPath}: workload.name: '${workload.name}' is a built-in workload; give your own another name, such as '${workload.name}_mine'`,
      );
    return known(workload);
  }
  const close = closestName(nameOrPath, workloadNames);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  throw new UserError(
    `${givenBy}: there is no workload '${nameOrPath}'.${hint} There are: ${workloadNames.join(', ')}; or give the path of a .ts or .js file.`,
  );
}

/** The same, frozen. */
function known(workload: Workload): Workload {
  loaded.add(workload);
  return frozen(workload);
}

/**
 * A workload that a program gives as a value, checked and guarded as one of a file; one that {@link loadWorkload} gave is as it was.
 * @throws UserError if it is none: all mistakes at once
 */
export async function workloadOf(value: Workload): Promise<Workload> {
  if ((value as unknown) instanceof Promise)
    throw new UserError('workload: must be a workload, or its name; found a promise: await what loads it');
  if (loaded.has(value)) return value;
  const {checkedWorkload} = await import('./user-workload.js');
  const workload = checkedWorkload(value);
  loaded.add(workload);
  return workload;
}
