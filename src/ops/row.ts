/** One row per input, always. Field names are the output's column names. */

export const failureCodes = [
  'not_found',
  'permission_denied',
  'invalid_path',
  'not_a_file',
  'too_large',
  'source_error',
  'input_changed',
  'empty',
  'unsupported_format',
  'truncated',
  'corrupt',
  'too_many_pixels',
  'too_many_frames',
  'decode_error',
  'decoder_crash',
  'resource',
  'timeout',
  'predict_error',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** Why an input has no prediction: a value, not an exception. `message` is a sentence that a person understands. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
}

export const isFailure = (value: object): value is Failure => 'code' in value && 'message' in value;

/** Where the bytes came from. */
export type Locality = 'local' | 'cache' | 'peer' | 'origin';

export interface Row {
  /** Place in the plan, from 0. */
  readonly index: number;
  /** Percent-encoded URI: names are bytes. */
  readonly origin: string;
  readonly height: number | null;
  readonly width: number | null;
  /** OpenCV type code, as Spark's: CV_8UC1 0, CV_8UC3 16, CV_8UC4 24. */
  readonly mode: number | null;
  readonly nChannels: number | null;
  readonly format: string | null;
  readonly bytes: number | null;
  /** Hex SHA-256 of the input's bytes; null where they were never read. */
  readonly sha256: string | null;
  readonly status: 'predicted' | 'filtered' | 'failed';
  /** The clause that was false (filtered) or a failure code (failed). */
  readonly reason: string | null;
  readonly message: string | null;
  /** The best `top` classes, best first; null unless predicted. */
  readonly pred_id: readonly string[] | null;
  readonly label: readonly string[] | null;
  readonly score: readonly number[] | null;
  readonly locality: Locality | null;
  readonly node: string;
  readonly attempt: string;
  readonly decode_path: string | null;
  readonly decode_ms: number | null;
  readonly resize_ms: number | null;
  readonly predict_ms: number | null;
  /** On request: BGR(A) bytes as Spark's, row-major. */
  readonly data?: Uint8Array | null;
  /** On request: RGB bytes of the whole picture, row-major. */
  readonly data_as_array?: Uint8Array | null;
  /** On request: RGB bytes of the model's input, row-major. */
  readonly data_as_resized_array?: Uint8Array | null;
  /** On request: every class's score. */
  readonly predictions?: Float32Array | null;
  readonly embedding?: Float32Array | null;
  /** On request: JSON of {@link Provenance}. */
  readonly provenance?: string | null;
}

export const extraColumns = [
  'data',
  'data_as_array',
  'data_as_resized_array',
  'predictions',
  'embedding',
  'provenance',
] as const;
export type ExtraColumn = (typeof extraColumns)[number];

/** What was done to an image on its way to RGB. */
export interface Provenance {
  /** Colour space as stored: srgb, b-w, cmyk, rgb16, lab … (libvips' names). */
  readonly space: string;
  /** Bits a sample as stored. */
  readonly depth: number;
  readonly profile: 'none' | 'srgb' | 'applied' | 'ignored';
  /** EXIF orientation found, 1 where there is none, and whether it was applied. */
  readonly orientation: number;
  readonly oriented: boolean;
  readonly alpha: 'none' | 'flattened' | 'dropped';
  /** Share of the pixels that the decoder made: 1 full, 1/16 for a JPEG loaded at a quarter of its sides. */
  readonly fraction_decoded: number;
  readonly frames: number;
}
