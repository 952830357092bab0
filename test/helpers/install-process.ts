import {installTensorflow} from '../../src/engine/tensorflow/install/index.js';
import {quietInstall, type Sandbox} from './fake-tensorflow.js';

/** An installation in a process of its own, for a test that kills it. The machine comes as JSON, without its function. */
const machine = JSON.parse(process.argv[2]!) as Sandbox['machine'];
await installTensorflow(quietInstall({...machine, freeBytes: () => 1e12}));
