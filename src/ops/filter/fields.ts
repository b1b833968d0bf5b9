import { type Header, imageFormats } from '../header.js';
import type { PipelineOptions } from '../options.js';
import { nameOf } from './name-of.js';

/** What a filter may ask about an image: all of it known from the header. Null is SQL's NULL. */
export interface FilterRecord {
  readonly origin: string | null;
  readonly name: string | null;
  readonly format: string | null;
  readonly height: number | null;
  readonly width: number | null;
  readonly nChannels: number | null;
  readonly mode: number | null;
  readonly bytes: number | null;
  readonly orientation: number | null;
  readonly pixels: number | null;
  readonly aspect: number | null;
  readonly has_alpha: boolean | null;
  readonly space: string | null;
}

export type FieldName = keyof FilterRecord;
export type FieldType = 'number' | 'string' | 'boolean';

export interface FilterField {
  readonly name: FieldName;
  readonly type: FieldType;
  /** One line for help texts. */
  readonly meaning: string;
}

/** In the order in which help texts print them. */
export const filterFields: readonly FilterField[] = [
  { name: 'origin', type: 'string', meaning: 'URI of the image, percent-encoded' },
  { name: 'name', type: 'string', meaning: 'file name: the last part of the path, decoded' },
  { name: 'format', type: 'string', meaning: `what the first bytes say: ${imageFormats.join(', ')}` },
  { name: 'height', type: 'number', meaning: 'pixels as displayed; as stored where EXIF orientation is not applied' },
  { name: 'width', type: 'number', meaning: 'pixels as displayed; as stored where EXIF orientation is not applied' },
  { name: 'nChannels', type: 'number', meaning: '1 grey, 3 colour (palette and CMYK too), 4 with alpha' },
  { name: 'mode', type: 'number', meaning: 'OpenCV type code: 0 for 1 channel, 16 for 3, 24 for 4' },
  { name: 'bytes', type: 'number', meaning: 'size of the file' },
  { name: 'orientation', type: 'number', meaning: 'EXIF orientation, 1 to 8; 1 where there is none' },
  { name: 'pixels', type: 'number', meaning: 'width * height' },
  { name: 'aspect', type: 'number', meaning: 'width / height' },
  { name: 'has_alpha', type: 'boolean', meaning: 'TRUE with an alpha channel or a transparent colour' },
  { name: 'space', type: 'string', meaning: 'colour space as stored: srgb, b-w, cmyk, rgb16, grey16, lab …' },
];

type RecordOptions = Pick<PipelineOptions, 'orient' | 'sparkChannels'>;

/**
 * What the filter sees and the row reports. `orient`: height and width as displayed (orientations 5 to 8 lie on their
 * side), else as stored. `sparkChannels`: grey with alpha is 1 channel, as Spark's image source counts, not 4.
 */
export function filterRecord(header: Header, origin: string, options: RecordOptions): FilterRecord {
  const { storedWidth, storedHeight, orientation } = header;
  const turned = options.orient && orientation >= 5;
  const width = turned ? storedHeight : storedWidth;
  const height = turned ? storedWidth : storedHeight;
  const nChannels = channelsOf(header, options.sparkChannels);
  return {
    origin,
    name: nameOf(origin),
    format: header.format,
    height,
    width,
    nChannels,
    mode: openCvModes[nChannels],
    bytes: header.bytes,
    orientation,
    pixels: width * height,
    aspect: height === 0 ? null : width / height,
    has_alpha: header.hasAlpha,
    space: header.space,
  };
}

/** CV_8UC1, CV_8UC3, CV_8UC4. */
const openCvModes = { 1: 0, 3: 16, 4: 24 } as const;

function channelsOf({ bands, hasAlpha }: Header, sparkChannels: boolean): 1 | 3 | 4 {
  const grey = bands <= 2;
  if (hasAlpha && !(grey && sparkChannels)) return 4;
  return grey ? 1 : 3;
}
