/**
 * Column chunks of long number lists: the pixels of a picture as LIST<INT32>, a thousand scores as LIST<FLOAT>. The
 * general encoder walks every element through JavaScript arrays (about 40 bytes each); here pixels become 8-bit indices
 * into a dictionary of 0 … 255, which are the bytes themselves, and floats are copied as they lie in memory.
 * Layout after the Parquet format's Encodings.md (RLE / bit-packing hybrid, data page v2). Not compressed: neither
 * photographs' pixels nor scores shrink under Snappy.
 */
import type { ColumnChunk, Encoding } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

export type DenseList = Uint8Array | Float32Array | null;

/** Levels of `optional list { repeated { optional element } }`. */
const nullList = 0;
const emptyList = 1;
const present = 3;

const pageBytes = 2 ** 20;

interface Levels {
  add(level: number, times: number): void;
  bytes(): Uint8Array;
}

/** Run-length encoded levels; widths of up to 8 bits take one byte a run. */
const createLevels = (): Levels => {
  const out = new ByteWriter();
  let level = 0;
  let run = 0;
  const flush = () => {
    if (run === 0) return;
    out.appendVarInt(run * 2);
    out.appendUint8(level);
  };
  return {
    add(next, times) {
      if (times === 0) return;
      if (next !== level) {
        flush();
        run = 0;
        level = next;
      }
      run += times;
    },
    bytes() {
      flush();
      return out.getBytes();
    },
  };
};

/** All indices as one bit-packed run of width 8: groups of eight, the last one filled up. */
const packIndices = (out: ByteWriter, lists: readonly DenseList[], values: number) => {
  out.appendUint8(8);
  if (values === 0) return; // readers want the width all the same
  const groups = Math.ceil(values / 8);
  out.appendVarInt(groups * 2 + 1);
  for (const list of lists) if (list !== null) out.appendBytes(list as Uint8Array);
  out.appendBytes(new Uint8Array(groups * 8 - values));
};

const packFloats = (out: ByteWriter, lists: readonly DenseList[]) => {
  for (const list of lists) {
    if (list !== null) out.appendBytes(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  }
};

const writePage = (writer: ByteWriter, lists: readonly DenseList[], encoding: Encoding): number => {
  const repetition = createLevels();
  const definition = createLevels();
  let values = 0;
  let nulls = 0;
  for (const list of lists) {
    const length = list?.length ?? 0;
    repetition.add(0, 1);
    if (length === 0) {
      definition.add(list === null ? nullList : emptyList, 1);
      nulls += 1;
      continue;
    }
    repetition.add(1, length - 1);
    definition.add(present, length);
    values += length;
  }
  const [repeated, defined] = [repetition.bytes(), definition.bytes()];
  const data = new ByteWriter();
  if (encoding === 'PLAIN') packFloats(data, lists);
  else packIndices(data, lists, values);
  const size = repeated.length + defined.length + data.offset;
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: size,
    compressed_page_size: size,
    data_page_header_v2: {
      num_values: values + nulls,
      num_nulls: nulls,
      num_rows: lists.length,
      encoding,
      definition_levels_byte_length: defined.length,
      repetition_levels_byte_length: repeated.length,
      is_compressed: false,
    },
  });
  writer.appendBytes(repeated);
  writer.appendBytes(defined);
  writer.appendBytes(data.getBytes());
  return writer.offset - start;
};

const writeByteDictionary = (writer: ByteWriter) => {
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: 1024,
    compressed_page_size: 1024,
    dictionary_page_header: { num_values: 256, encoding: 'PLAIN' },
  });
  for (let value = 0; value < 256; value += 1) writer.appendInt32(value);
};

/** Pages of about a megabyte; a row never spans two. */
const pagesOf = (lists: readonly DenseList[]): DenseList[][] => {
  const pages: DenseList[][] = [];
  let page: DenseList[] = [];
  let bytes = 0;
  for (const list of lists) {
    page.push(list);
    bytes += list?.byteLength ?? 0;
    if (bytes < pageBytes) continue;
    pages.push(page);
    page = [];
    bytes = 0;
  }
  return page.length > 0 ? [...pages, page] : pages;
};

/** Appends the chunk of one column and gives what the footer says of it. Uint8Array is INT32, Float32Array FLOAT. */
export const writeListChunk = (
  writer: ByteWriter,
  name: string,
  type: 'INT32' | 'FLOAT',
  lists: readonly DenseList[],
): ColumnChunk => {
  const start = writer.offset;
  const encoding: Encoding = type === 'INT32' ? 'RLE_DICTIONARY' : 'PLAIN';
  if (type === 'INT32') writeByteDictionary(writer);
  const dataStart = writer.offset;
  for (const page of pagesOf(lists)) writePage(writer, page, encoding);
  const size = BigInt(writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type,
      encodings: type === 'INT32' ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
      path_in_schema: [name, 'list', 'element'],
      codec: 'UNCOMPRESSED',
      num_values: lists.reduce((sum, list) => sum + BigInt(Math.max(1, list?.length ?? 0)), 0n),
      total_compressed_size: size,
      total_uncompressed_size: size,
      data_page_offset: BigInt(dataStart),
      ...(type === 'INT32' && { dictionary_page_offset: BigInt(start) }),
    },
  };
};
