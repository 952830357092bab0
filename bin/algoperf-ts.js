#!/usr/bin/env node
import {isatty} from 'node:tty';

// Node would open its debugger's port. A handler that is removed again leaves the system's default: the signal ends the process,
// also while its code is busy.
const ignore = () => {};
process.on('SIGUSR1', ignore).off('SIGUSR1', ignore);
// `nohup` asks to survive a hang-up, but Node does not keep the inherited disposition.
if (![0, 1, 2].some((fd) => isatty(fd))) process.on('SIGHUP', ignore);
const words = process.argv.slice(2);
// A run is trained in its own process, which parses the command line; this one only supervises it and loads nothing more.
const isRun = words[0] === 'run' && !words.some((word) => /^(-h|--help)/.test(word));

process.exitCode = isRun
  ? await (await import('../dist/src/cli/supervise.js')).superviseRun(words)
  : await (await import('../dist/src/cli/main.js')).main(process.argv);
// A timer or other work that a submission left running would keep the process alive.
process.stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
