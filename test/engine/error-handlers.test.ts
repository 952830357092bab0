import {expect, test} from 'vitest';
import {openEngine} from '../../src/engine/index.js';

test('opening wasm leaves the handlers of uncaught errors as they were', async () => {
  const handlers = () => [process.listeners('uncaughtException'), process.listeners('unhandledRejection')];
  const before = handlers();
  await openEngine('wasm');
  expect(handlers()).toEqual(before);
});
