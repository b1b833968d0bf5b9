/**
 * What an executor is decoding at this moment, in a file that outlives it: so a crash can be laid at a picture's door. A
 * file and not a pipe, because a note costs a microsecond and wakes nobody; the node looks when it has a reason to.
 *
 * The file is a table of records of 64 bytes, one for each decode under way: task u32 (0: free), megapixels f32, begun f64
 * (milliseconds of the system's monotonic clock), SHA-256 32 bytes.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DecodeNote {
  readonly task: number;
  readonly megapixels: number;
  readonly begunMs: number;
  readonly sha256: string;
}

const recordBytes = 64;
/** More decodes than an executor ever has under way. */
const records = 128;

/** The same in every process of a machine. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The node's end. `fd` is inherited by the executor. */
export interface NoteBoard {
  readonly fd: number;
  read(): DecodeNote[];
  close(): void;
}

export function createNoteBoard(): NoteBoard {
  const path = join(tmpdir(), `imgd-notes-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  // nameless: gone with the last process that has it open
  if (process.platform !== 'win32') rmSync(path);
  ftruncateSync(fd, recordBytes * records);
  const table = Buffer.alloc(recordBytes * records);
  return {
    fd,
    read() {
      const length = readSync(fd, table, 0, table.length, 0);
      const notes: DecodeNote[] = [];
      for (let at = 0; at + recordBytes <= length; at += recordBytes) {
        const task = table.readUInt32LE(at);
        if (task === 0) continue;
        notes.push({
          task,
          megapixels: table.readFloatLE(at + 4),
          begunMs: table.readDoubleLE(at + 8),
          sha256: table.toString('hex', at + 16, at + 48),
        });
      }
      return notes;
    },
    close() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}

/** The executor's end. Both calls are synchronous: what they wrote stands whatever comes next. */
export interface NoteWriter {
  begin(task: number, megapixels: number, sha256: string): void;
  end(task: number): void;
}

export function createNoteWriter(fd: number): NoteWriter {
  const record = Buffer.alloc(recordBytes);
  const none = Buffer.alloc(4);
  const free = Array.from({ length: records }, (_, slot) => slot);
  const taken = new Map<number, number>();
  return {
    begin(task, megapixels, sha256) {
      const slot = free.pop();
      if (slot === undefined) return;
      taken.set(task, slot);
      record.writeUInt32LE(task, 0);
      record.writeFloatLE(megapixels, 4);
      record.writeDoubleLE(monotonicMs(), 8);
      record.write(sha256, 16, 32, 'hex');
      writeSync(fd, record, 0, recordBytes, slot * recordBytes);
    },
    end(task) {
      const slot = taken.get(task);
      if (slot === undefined) return;
      taken.delete(task);
      free.push(slot);
      writeSync(fd, none, 0, none.length, slot * recordBytes);
    },
  };
}
