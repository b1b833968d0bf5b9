/** Where a command writes: results to stdout, all else to stderr. Tests give it streams of their own. */
export interface Terminal {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
}

type TerminalStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export const processTerminal: Terminal = { stdout: process.stdout, stderr: process.stderr };
