/** ICC profiles made for tests: header, tag table, three colorants, one curve. Layout: ICC.1:2022, 7.2 and 7.3. */
interface Recipe {
  /** `srgb`: parametric; `table`: 1,024 samples of sRGB's curve; a number: that gamma. */
  readonly curve: 'srgb' | 'table' | number;
  readonly red?: readonly [number, number, number];
  readonly lut?: boolean;
}

const fixed = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(Math.round(value * 65_536), i * 4);
  return bytes;
};

const tag = (type: string, content: Buffer) => Buffer.concat([Buffer.from(`${type}\0\0\0\0`, 'latin1'), content]);

const counted = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 + values.length * 2);
  bytes.writeUInt32BE(values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 4 + i * 2);
  return bytes;
};

const linear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

const curves = {
  srgb: () =>
    tag('para', Buffer.concat([Buffer.from([0, 3, 0, 0]), fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])])),
  table: () => tag('curv', counted(Array.from({ length: 1024 }, (_, i) => Math.round(linear(i / 1023) * 65_535)))),
  gamma: (value: number) => tag('curv', counted([Math.round(value * 256)])),
};

export function iccProfile({ curve, red = [0.4361, 0.2225, 0.0139], lut = false }: Recipe): Buffer {
  const trc = typeof curve === 'number' ? curves.gamma(curve) : curves[curve]();
  const tags: [string, Buffer][] = [
    ['rXYZ', tag('XYZ ', fixed(red))],
    ['gXYZ', tag('XYZ ', fixed([0.3851, 0.7169, 0.0971]))],
    ['bXYZ', tag('XYZ ', fixed([0.1431, 0.0606, 0.7141]))],
    ['wtpt', tag('XYZ ', fixed([0.9642, 1, 0.8249]))],
    ['rTRC', trc],
    ['gTRC', trc],
    ['bTRC', trc],
    ...(lut ? ([['A2B0', tag('mft2', Buffer.alloc(40))]] as [string, Buffer][]) : []),
  ];
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length);
  let offset = 128 + table.length;
  tags.forEach(([name, content], i) => {
    table.write(name, 4 + i * 12, 'latin1');
    table.writeUInt32BE(offset, 8 + i * 12);
    table.writeUInt32BE(content.length, 12 + i * 12);
    offset += content.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset);
  header.writeUInt32BE(0x02400000, 8);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  fixed([0.9642, 1, 0.8249]).copy(header, 68);
  return Buffer.concat([header, table, ...tags.map(([, content]) => content)]);
}
