import {tensorCount} from '../engine/index.js';
import type {Trial} from './trial-types.js';

/** Steps between counts. */
const EVERY = 100;

/** Steps over which growth is measured. */
const OVER = 200;

/**
 * Watches a run for steps that leak tensors; the first time, it records an event.
 * @returns a function to call after each step
 */
export function leakWatch({record, config}: Pick<Trial, 'record' | 'config'>): (globalStep: number) => void {
  let first: {readonly globalStep: number; readonly count: number} | undefined;
  let isReported = false;
  return (globalStep) => {
    if (isReported || globalStep % EVERY !== 0) return;
    const count = tensorCount();
    first ??= {globalStep, count};
    const steps = globalStep - first.globalStep;
    const growth = (count - first.count) / steps;
    // Caches grow for a while, and rare leaks take long to fill the memory.
    if (steps < OVER || growth < 0.5) return;
    isReported = true;
    const message = `each step leaks about ${Math.round(growth)} tensors, which will fill the memory; \`algoperf-ts submissions check ${config.submission}\` shows where they are created`;
    record.event(globalStep, {name: 'tensor_leak', message, data: {tensors: count}});
  };
}
