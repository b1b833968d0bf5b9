import type { Raster } from '../raster.js';
import { fitInto } from '../resample/fit-into.js';
import type { Precision } from '../resample/resampler.js';
import { sparkBytes } from '../spark-bytes.js';
import { type Columns, type Frame, notedFrame, type Stage, type Tools } from './stage.js';

/** The part of the picture that the fit chooses, resampled straight into its place in the next batch. */
export const resize: Stage = {
  name: 'resize',
  async run(frame, tools) {
    const raster = frame.raster as Raster;
    const wanted = await wholePicture(frame, raster, tools);
    const slot = tools.batcher.slot();
    try {
      resample(raster, frame.precision, slot.pixels, tools);
    } catch (error) {
      slot.predict().catch(() => {}); // the place is taken: its neighbours' batch must not wait for it
      throw error;
    }
    frame.release();
    if (tools.options.columns.includes('data_as_resized_array')) wanted.data_as_resized_array = slot.pixels.slice();
    return { ...frame, raster: null, slot, columns: { ...frame.columns, ...wanted } };
  },
};

function resample(
  raster: Raster,
  precision: Precision,
  out: Uint8Array,
  { options, contract, resampler }: Tools,
): void {
  const fitting = {
    fit: options.fit ?? contract.fit,
    kernel: options.kernel ?? contract.kernel,
    precision,
    target: contract.input,
  } as const;
  fitInto(resampler, raster, fitting, out, 0);
}

/** Columns that need the picture before it is resized. */
async function wholePicture(frame: Frame, raster: Raster, { options, noted }: Tools): Promise<Columns> {
  const columns: Columns = {};
  for (const name of options.columns) {
    if (name === 'data')
      columns.data = await noted(notedFrame(frame), () =>
        sparkBytes(frame.bytes, frame.header, frame.record.nChannels ?? 3, raster, options),
      );
    if (name === 'data_as_array') columns.data_as_array = raster.data;
    if (name === 'provenance') columns.provenance = JSON.stringify(raster.provenance);
  }
  return columns;
}
