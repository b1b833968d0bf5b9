/** What a stage is, and what travels through the stages. */
import type { Semaphore } from '../../base/semaphore.js';
import type { DecodePlan } from '../decode-plan.js';
import type { Filter } from '../filter/compile.js';
import type { FilterRecord } from '../filter/fields.js';
import type { Header } from '../header.js';
import type { MicroBatcher, Slot } from '../micro-batch.js';
import type { ModelContract } from '../model/contract.js';
import type { PipelineOptions } from '../options.js';
import type { Raster } from '../raster.js';
import type { Precision, Resampler } from '../resample/resampler.js';
import type { Failure, Row } from '../row.js';

export type StageName = 'filter' | 'convert' | 'resize' | 'predict';

/** Columns of the row that a stage adds. */
export type Columns = { -readonly [K in keyof Row]?: Row[K] };

/** One image on its way; each stage returns a new one. */
export interface Frame {
  readonly origin: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly header: Header;
  readonly record: FilterRecord;
  readonly raster: Raster | null;
  /** How exactly the raster is to be resized; decided with the road that it came by. */
  readonly precision: Precision;
  readonly slot: Slot | null;
  /** Gives the decoded bytes back to the budget; may be called twice. */
  readonly release: () => void;
  readonly columns: Columns;
}

/** Why a frame goes no further. */
export type Rejection =
  | { readonly kind: 'filtered'; readonly clause: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type Decode = (
  bytes: Buffer,
  header: Header,
  plan: DecodePlan,
  options: PipelineOptions,
) => Promise<Raster | Failure>;

/** What a note says of a picture. */
export interface Noted {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly megapixels: number;
}

export const notedFrame = ({ bytes, sha256, header }: Frame): Noted => ({
  bytes,
  sha256,
  megapixels: (header.storedWidth * header.storedHeight) / 1e6,
});

/** What the stages share within one executor. */
export interface Tools {
  readonly options: PipelineOptions;
  readonly contract: ModelContract;
  readonly filter: Filter | null;
  readonly decode: Decode;
  readonly resampler: Resampler;
  readonly batcher: MicroBatcher;
  /** Bytes of decoded pictures that may exist at once. */
  readonly budget: Semaphore;
  /** Runs native code on a picture's bytes under a note, so that a crash or hang can be laid at the picture's door. */
  readonly noted: <T>(picture: Noted, work: () => Promise<T>) => Promise<T>;
}

export interface Stage {
  readonly name: StageName;
  run(frame: Frame, tools: Tools, signal: AbortSignal): Promise<Frame | Rejection>;
}

export const isRejection = (value: Frame | Rejection): value is Rejection => 'kind' in value;

export const failed = (failure: Failure): Rejection => ({ kind: 'failed', failure });
