/** Text parts as records: JSONL lines and CSV rows, streamed. */
import { StringDecoder } from 'node:string_decoder';
import { damaged } from './json-file.js';
import { type PartFile, pieces } from './part-file.js';

/** Complete lines without their newline. A last line without one is damage: a part always ends with a newline. */
async function* lines(file: PartFile): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let open: string[] = [];
  for await (const piece of pieces(file)) {
    const parts = decoder.write(piece).split('\n');
    const tail = parts.pop() ?? '';
    for (const part of parts) {
      yield open.length === 0 ? part : open.join('') + part;
      open = [];
    }
    if (tail !== '') open.push(tail);
  }
  if (open.length > 0 || decoder.end() !== '') throw damaged(file.where, 'its last line is cut short');
}

/** The objects of a JSONL part. Throws ImgdError data_loss. */
export async function* jsonRecords(file: PartFile): AsyncGenerator<Record<string, unknown>> {
  let number = 0;
  for await (const line of lines(file)) {
    number += 1;
    try {
      yield JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw damaged(file.where, `line ${number} is not JSON`);
    }
  }
}

/** Cells that keep quoted commas, quotes and line ends (RFC 4180). */
const splitCells = (record: string): string[] => {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/gy;
  for (let match = pattern.exec(record); match !== null; match = pattern.exec(record)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') break;
  }
  return cells;
};

/** The records of a CSV part by column name. Throws ImgdError data_loss. */
export async function* csvRecords(file: PartFile): AsyncGenerator<Record<string, string>> {
  let header: string[] | undefined;
  let record = '';
  for await (const line of lines(file)) {
    record = record === '' ? line : `${record}\n${line}`;
    // an odd number of quotes: the line end was inside a cell
    if (((record.match(/"/g)?.length ?? 0) & 1) === 1) continue;
    const cells = splitCells(record);
    record = '';
    if (header === undefined) {
      header = cells;
      continue;
    }
    if (cells.length !== header.length) throw damaged(file.where, `a record has ${cells.length} cells`);
    yield Object.fromEntries(header.map((name, place) => [name, cells[place] ?? '']));
  }
  if (record !== '') throw damaged(file.where, 'its last record is cut short');
}
