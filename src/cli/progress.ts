/** One line that says how far a run is, redrawn on a terminal and silent elsewhere. */

export interface ProgressState {
  /** Inputs listed so far. */
  readonly accepted: number;
  /** Whether `accepted` and `bytesTotal` are final. */
  readonly listed: boolean;
  /** Inputs that have a row: predicted, filtered or failed. */
  readonly done: number;
  readonly filtered: number;
  readonly failed: number;
  /** Bytes of the inputs that have a row. */
  readonly bytesDone: number;
  /** Null where listing doesn't tell sizes (archives, standard input). */
  readonly bytesTotal: number | null;
  /** Since the run began. */
  readonly elapsedMs: number;
  /** What of `done` and `bytesDone` an earlier run had committed: it says nothing about this one's speed. */
  readonly resumed?: { readonly done: number; readonly bytes: number };
}

export interface ProgressOptions {
  /** auto: one line, redrawn, on a terminal alone. plain: a line every ten seconds, anywhere. none: nothing. */
  readonly mode: 'auto' | 'plain' | 'none';
  readonly now?: () => number;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** Cheap: draws at most ten times a second. It starts no timer, so call it also while nothing changes. */
  update(state: ProgressState): void;
  /** Writes a whole line without tearing the progress line. Written in every mode. */
  note(line: string): void;
  /** Takes the line away. May be called twice. */
  done(): void;
}

const redrawMs = 100;
const plainMs = 10_000;
const eraseLine = '\r\u001b[2K';

export function createProgress(stream: ProgressStream, options: ProgressOptions): Progress {
  const now = options.now ?? (() => performance.now());
  const dumb = (options.environment ?? process.env).TERM === 'dumb';
  const mode = options.mode === 'auto' && (stream.isTTY !== true || dumb) ? 'none' : options.mode;
  let last = mode === 'plain' ? now() : Number.NEGATIVE_INFINITY;
  let drawn = '';
  let finished = false;
  return {
    update(state) {
      if (mode === 'none' || finished || now() - last < (mode === 'auto' ? redrawMs : plainMs)) return;
      last = now();
      if (mode === 'plain') {
        stream.write(`${progressLine(state, Number.POSITIVE_INFINITY)}\n`);
        return;
      }
      // the last column stays free: writing there wraps on some terminals
      drawn = progressLine(state, (stream.columns ?? 80) - 1);
      stream.write(eraseLine + drawn);
    },
    note(line) {
      stream.write(drawn === '' ? `${line}\n` : `${eraseLine}${line}\n${drawn}`);
    },
    done() {
      if (drawn !== '') stream.write(eraseLine);
      drawn = '';
      finished = true;
    },
  };
}

/**
 * `1,240 of 3,400  36 %  388 img/s  ETA 5 s (weighted by pixels)  12 filtered  3 failed`, without what doesn't fit into
 * `columns`: the explanation goes first, then the share, the counts that are zero are never there.
 */
export function progressLine(state: ProgressState, columns: number): string {
  const { accepted, done, listed, filtered, failed } = state;
  const fresh = done - (state.resumed?.done ?? 0);
  const rate = state.elapsedMs > 0 ? (fresh * 1000) / state.elapsedMs : 0;
  const eta = listed && done < accepted ? remaining(state) : null;
  // in the order of the line; a larger rank is dropped earlier
  const pieces: { text: string; rank: number }[] = [
    { text: `${count(done)} of ${count(accepted)}${listed ? '' : '+'}`, rank: 0 },
  ];
  if (listed && accepted > 0) pieces.push({ text: `${Math.floor((100 * done) / accepted)} %`, rank: 4 });
  if (fresh > 0) pieces.push({ text: `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} img/s`, rank: 3 });
  if (eta !== null) {
    pieces.push({ text: `ETA ${duration(eta.ms)}`, rank: 1 });
    if (eta.weighted) pieces.push({ text: '(weighted by pixels)', rank: 5 });
  }
  if (filtered > 0) pieces.push({ text: `${count(filtered)} filtered`, rank: 3 });
  if (failed > 0) pieces.push({ text: `${count(failed)} failed`, rank: 2 });

  const join = () =>
    pieces.map((piece, k) => (k === 0 ? '' : piece.text.startsWith('(') ? ' ' : '  ') + piece.text).join('');
  while (join().length > columns && pieces.length > 1) {
    const rank = Math.max(...pieces.map((piece) => piece.rank));
    pieces.splice(
      pieces.findLastIndex((piece) => piece.rank === rank),
      1,
    );
  }
  return join().slice(0, Math.max(0, columns));
}

/**
 * Time left, by the pixels left: as many a byte as in what is done, so that they fall out of the quotient and the bytes
 * stay. Without sizes that can be true, by the inputs left. Null before there is anything to judge by.
 */
function remaining(state: ProgressState): { ms: number; weighted: boolean } | null {
  const { bytesDone, bytesTotal, elapsedMs } = state;
  const bytes = bytesDone - (state.resumed?.bytes ?? 0);
  if (bytesTotal !== null && bytes > 0 && bytesDone < bytesTotal) {
    return { ms: (elapsedMs * (bytesTotal - bytesDone)) / bytes, weighted: true };
  }
  const fresh = state.done - (state.resumed?.done ?? 0);
  return fresh > 0 ? { ms: (elapsedMs * (state.accepted - state.done)) / fresh, weighted: false } : null;
}

const count = (value: number) => value.toLocaleString('en-US');

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
