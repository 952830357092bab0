#!/usr/bin/env node
// Node would open its debugger's port. Heard before anything else is loaded; `run` takes the signal over.
process.once('SIGUSR1', () => process.kill(process.pid, 'SIGUSR1'));
const words = process.argv.slice(2);
// A run is trained in a process of its own, which reads the words; this one only watches over it and loads nothing more.
const isRun = words[0] === 'run' && !words.some((word) => /^(-h|--help)/.test(word));

process.exitCode = isRun
  ? await (await import('../dist/src/cli/supervise.js')).superviseRun(words)
  : await (await import('../dist/src/cli/main.js')).main(process.argv);
// What a submission left running, such as a timer, would keep the process alive when all is done and told.
process.stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
