#!/usr/bin/env node
import { createDaemonProgram } from './daemon-program.js';
import { runProgram } from './run-program.js';

await runProgram(createDaemonProgram);
