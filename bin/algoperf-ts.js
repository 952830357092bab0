#!/usr/bin/env node
import {main} from '../dist/src/cli/main.js';

process.exitCode = await main(process.argv);
// What a submission left running, such as a timer, would keep the process alive when all is done and told.
process.stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
