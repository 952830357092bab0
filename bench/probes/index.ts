import {lstm} from './lstm.js';
import type {Probe} from './probe.js';
import {gruOver, simpleOver} from './recurrent.js';
import {transformer} from './transformer.js';

export {noise, numbers, type Probe} from './probe.js';

/** The probes by the names that a process of the bench gets; a recurrence has the length of its sequences in its name. */
export const probes: {readonly [name: string]: Probe} = {
  transformer,
  'lstm-60': lstm(60),
  'lstm-300': lstm(300),
  'gru-300': gruOver(300),
  'rnn-300': simpleOver(300),
};
