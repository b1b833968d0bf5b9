/** Splits a stream of paths into lines without ever holding more than one chunk and one line. */

export interface Line {
  readonly bytes: Buffer;
  /** Bytes of the stream up to and with this line's end. */
  readonly end: number;
}

/** What is kept of a line: far more than a path may have, so that what is cut is refused for its length. */
const maxLineBytes = 65_536;

const newline = 10;
const carriageReturn = 13;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The lines of each chunk, blank ones left out; those that end in a chunk come at once, whether or not more follows. `start` is
 * the offset of the first chunk. Between newlines a CR at the end is dropped, and a byte order mark at offset 0; between NULs
 * (`nul`) every byte counts.
 */
export async function* pathLines(
  chunks: AsyncIterable<Buffer>,
  start: number,
  nul: boolean,
): AsyncGenerator<readonly Line[]> {
  const separator = nul ? 0 : newline;
  let offset = start;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let lines: Line[] = [];
  let lineStart = start;

  const hold = (piece: Buffer) => {
    const kept = piece.subarray(0, maxLineBytes - pendingBytes);
    // copied: the chunk's memory is not ours to keep
    if (kept.length > 0) pending.push(Buffer.from(kept));
    pendingBytes += kept.length;
  };
  const endLine = (last: Buffer, end: number) => {
    hold(last);
    const bytes = trimmed(Buffer.concat(pending), nul, lineStart === 0);
    if (bytes.length > 0) lines.push({ bytes, end });
    pending = [];
    pendingBytes = 0;
    lineStart = end;
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(separator); at !== -1; at = chunk.indexOf(separator, from)) {
      endLine(chunk.subarray(from, at), offset + at + 1);
      from = at + 1;
    }
    hold(chunk.subarray(from));
    offset += chunk.length;
    if (lines.length > 0) yield lines;
    lines = [];
  }
  if (pendingBytes > 0) {
    endLine(Buffer.alloc(0), offset);
    if (lines.length > 0) yield lines;
  }
}

function trimmed(line: Buffer, nul: boolean, isFirst: boolean): Buffer {
  if (nul) return line;
  const start = isFirst && line.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  return line.subarray(start, line.at(-1) === carriageReturn ? line.length - 1 : line.length);
}
