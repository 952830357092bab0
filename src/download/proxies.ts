import {UserError} from '../support/index.js';

/** The proxies that an environment names, each with a scheme; undefined where it names none. */
export interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** The hosts that are reached directly, with commas; `*` for all. */
  readonly none: string;
}

/**
 * Reads HTTP_PROXY, HTTPS_PROXY (where it is not set, HTTP_PROXY stands for it) and NO_PROXY; of two spellings the lower case
 * counts, as for curl.
 * @throws UserError naming the variable whose value is not an address
 */
export function proxiesOf(env: NodeJS.ProcessEnv): Proxies {
  return {
    http: proxyFor('http:', env)?.address,
    https: proxyFor('https:', env)?.address,
    none: env.no_proxy ?? env.NO_PROXY ?? '',
  };
}

/** For a message on an address that could not be reached: the proxy that the environment names for it, without its password. */
export function proxyNote(protocol: string, env: NodeJS.ProcessEnv): string {
  const proxy = proxyFor(protocol, env);
  if (!proxy) return '';
  const {protocol: scheme, host} = new URL(proxy.address);
  return ` ${proxy.name} is set to ${scheme}//${host}; hosts that NO_PROXY lists are reached directly.`;
}

/** `proxy:3128` stands for `http://proxy:3128`. */
function proxyFor(protocol: string, env: NodeJS.ProcessEnv): {name: string; address: string} | undefined {
  const names =
    protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const name = names.find((variable) => env[variable]);
  if (name === undefined) return undefined;
  const value = env[name]!;
  const address = /^\w+:\/\//.test(value) ? value : `http://${value}`;
  if (URL.canParse(address) && /^(https?|socks5?):$/.test(new URL(address).protocol)) return {name, address};
  // What may be a name and a password is left out.
  const withoutUserInfo = value.replace(/[^/]*@/, '');
  throw new UserError(`${name}: '${withoutUserInfo}' is not a proxy address such as http://proxy.example:3128`);
}
