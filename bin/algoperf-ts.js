#!/usr/bin/env node
// Node would open its debugger's port. Handled before anything else is loaded; `run` replaces the handler.
process.once('SIGUSR1', () => process.kill(process.pid, 'SIGUSR1'));
const words = process.argv.slice(2);
// A run is trained in its own process, which parses the command line; this one only supervises it and loads nothing more.
const isRun = words[0] === 'run' && !words.some((word) => /^(-h|--help)/.test(word));

process.exitCode = isRun
  ? await (await import('../dist/src/cli/supervise.js')).superviseRun(words)
  : await (await import('../dist/src/cli/main.js')).main(process.argv);
// A timer or other work that a submission left running would keep the process alive.
process.stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
