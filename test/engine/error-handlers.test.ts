import {expect, test} from 'vitest';
import {openEngine} from '../../src/engine/index.js';

test('opening wasm leaves the errors that nobody catches to those who looked after them before', async () => {
  const handlers = () => [process.listeners('uncaughtException'), process.listeners('unhandledRejection')];
  const before = handlers();
  await openEngine('wasm');
  expect(handlers()).toEqual(before);
});
