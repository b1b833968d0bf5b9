import { estimateDecodedBytes, planDecode } from '../decode-plan.js';
import { isFailure } from '../row.js';
import { failed, notedFrame, type Stage } from './stage.js';

/** Bytes to 8-bit sRGB RGB, by the road that the header decides. The decoded bytes are reserved before they exist. */
export const convert: Stage = {
  name: 'convert',
  async run(frame, tools, signal) {
    const { options, contract } = tools;
    // a column that holds the whole picture needs all of its pixels
    const whole = options.columns.includes('data') || options.columns.includes('data_as_array');
    const plan = planDecode(frame.header, {
      decode: whole ? 'exact' : options.decode,
      icc: options.icc,
      orient: options.orient,
      fit: options.fit ?? contract.fit,
      target: contract.input,
    });
    const release = await tools.budget.acquire(estimateDecodedBytes(frame.header, plan), signal);
    const raster = await tools
      .noted(notedFrame(frame), () => tools.decode(frame.bytes, frame.header, plan, options))
      .catch((error: unknown) => {
        release();
        throw error;
      });
    if (isFailure(raster)) {
      release();
      return failed(raster);
    }
    return {
      ...frame,
      raster,
      precision: plan.precision,
      release,
      columns: { ...frame.columns, decode_path: plan.name },
    };
  },
};
