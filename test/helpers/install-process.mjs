import {installTensorflow} from '../../dist/src/native/install/index.js';

/** An installation in a process of its own, for a test that kills it. The machine comes as JSON, without its function. */
const machine = {...JSON.parse(process.argv[2]), freeBytes: () => 1e12};
const reporter = {visible: false, step() {}, progress() {}};
const check = async () => ({version: '2.21.0', gpu: false});
await installTensorflow({version: '2.21.0', kind: 'cpu', fetchWith: 'https', machine, reporter, check});
