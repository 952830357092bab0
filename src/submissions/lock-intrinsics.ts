/**
 * Makes JavaScript's built-ins read-only before any user code is loaded: the tool's clock, evaluation and writing rely on them.
 * Later code may still give its own objects parts of the same names.
 */
export function lockIntrinsics(): void {
  for (const prototype of [Object.prototype, Function.prototype, Error.prototype]) {
    for (const name of Object.getOwnPropertyNames(prototype)) allowOwn(prototype, name);
  }
  // Vega has lists with a `forEach` of their own; to allow all parts would make every list slower.
  for (const name of ['forEach', 'toString']) allowOwn(Array.prototype, name);
  const seen = new Set<unknown>();
  for (const root of [...GLOBALS.map(globalOf), ...hiddenIntrinsics()]) if (root !== process) lock(root, seen);
  for (const name of GLOBALS) lockProperty(globalThis, name);
  for (const name of PROCESS) lockProperty(process, name);
  lock(process.hrtime, seen);
}

/**
 * Makes a class of Node's read-only: what it and its objects can do, and what they inherit. Its objects may have parts of their own
 * by the same names, which streams make much use of.
 */
export function lockClass(classObject: object): void {
  for (let holder: unknown = classObject; isObject(holder); holder = Object.getPrototypeOf(holder)) lockParts(holder);
  const {prototype} = classObject as {readonly prototype?: unknown};
  for (let holder = prototype; isObject(holder); holder = Object.getPrototypeOf(holder)) lockParts(holder);
}

function lockParts(holder: object): void {
  if (!Object.isExtensible(holder)) return;
  for (const name of Reflect.ownKeys(holder)) {
    allowOwn(holder, name);
    // A value that Node itself can't do without writing, such as a default of all emitters, stays one that can be written.
    if (Object.getOwnPropertyDescriptor(holder, name)!.get) keepPart(holder, name);
  }
  Object.preventExtensions(holder);
}

/** What the language and Node bring by name. What isn't there on this version of Node is passed over. */
const GLOBALS = [
  ...[
    'Object',
    'Function',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Symbol',
    'BigInt',
    'Math',
    'JSON',
    'Reflect',
    'Proxy',
  ],
  ...['Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Date', 'RegExp', 'Iterator'],
  ...['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'AggregateError'],
  ...['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Atomics', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray'],
  ...['Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array'],
  ...['BigUint64Array', 'WebAssembly', 'isNaN', 'isFinite', 'parseInt', 'parseFloat', 'performance', 'Performance'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask'],
  ...['structuredClone', 'Buffer', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'MessageChannel'],
  ...['MessagePort', 'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'Intl', 'encodeURIComponent'],
  ...['decodeURIComponent', 'process', 'globalThis'],
] as const;

/** Functions of the process that the tool calls. */
const PROCESS = ['hrtime', 'nextTick', 'exit', 'reallyExit', 'kill', 'memoryUsage', 'cwd'] as const;

function globalOf(name: string): unknown {
  return (globalThis as {[name: string]: unknown})[name];
}

/** What is reached through values alone. */
function hiddenIntrinsics(): unknown[] {
  const iterators = [
    [][Symbol.iterator](),
    new Map().entries(),
    new Set().values(),
    ''[Symbol.iterator](),
    ''.matchAll(/a/g),
  ];
  const functions = [function* () {}, async () => {}, async function* () {}];
  return [...iterators, ...functions].map((value) => Object.getPrototypeOf(value));
}

/**
 * Turns a part of a prototype into one that objects made from it may have of their own by assignment, as they could before: an
 * inherited part that can't be written would stand in their way.
 */
function allowOwn(prototype: object, name: string | symbol): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  if (!descriptor.configurable || !('value' in descriptor)) return;
  const {value, enumerable = false} = descriptor;
  Object.defineProperty(prototype, name, {
    configurable: true,
    enumerable,
    get: () => value,
    set(this: object, own: unknown) {
      if (this === prototype) throw new TypeError(`Cannot assign to read only property '${String(name)}'`);
      Object.defineProperty(this, name, {value: own, configurable: true, enumerable: true, writable: true});
    },
  });
}

/** Freezes an object or function, its prototype, and what its parts hold. */
function lock(value: unknown, seen: Set<unknown>): void {
  if (!isObject(value) || seen.has(value) || value === globalThis || ArrayBuffer.isView(value)) return;
  seen.add(value);
  lock(Object.getPrototypeOf(value), seen);
  for (const part of Object.values(Object.getOwnPropertyDescriptors(value))) {
    for (const held of [part.value, part.get, part.set]) lock(held, seen);
  }
  if (!STAY_OPEN.has(value)) Object.freeze(value);
  else for (const name of Reflect.ownKeys(value)) if (name !== 'stackTraceLimit') keepPart(value, name);
}

/**
 * Libraries set `Error.stackTraceLimit` for a moment, which changes no more than the length of a stack, and one of them gives sets a
 * `toJSON`: these may get new parts, but keep their own.
 */
const STAY_OPEN: ReadonlySet<object> = new Set([Error, Set.prototype]);

/** The part stays what it is, be it a value or a getter. */
function keepPart(holder: object, name: string | symbol): void {
  const isValue = 'value' in Object.getOwnPropertyDescriptor(holder, name)!;
  Object.defineProperty(holder, name, {configurable: false, ...(isValue && {writable: false})});
}

/** What the name gives is a value from now on that stays. */
function lockProperty(holder: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name);
  if (!descriptor?.configurable) return;
  const value = (holder as {[name: string]: unknown})[name];
  Object.defineProperty(holder, name, {
    value,
    enumerable: descriptor.enumerable ?? false,
    configurable: false,
    writable: false,
  });
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
