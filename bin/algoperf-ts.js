#!/usr/bin/env node
// Node would open its debugger's port. Heard before anything else is loaded; `run` takes the signal over.
process.once('SIGUSR1', () => process.kill(process.pid, 'SIGUSR1'));
const {main} = await import('../dist/src/cli/main.js');

process.exitCode = await main(process.argv);
// What a submission left running, such as a timer, would keep the process alive when all is done and told.
process.stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
