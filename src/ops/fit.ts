import type { Fit } from './options.js';
import type { Box } from './raster.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placement {
  /** The part of the picture that is taken, in whole pixels. */
  readonly box: Box;
  /** Where it comes to lie in the target; what is left around it is black. */
  readonly into: Box;
}

/** The largest length of at least 1 that a side gets, `of` being what there is. */
const side = (length: number, of: number): number => Math.max(1, Math.min(of, Math.round(length)));

const centred = (width: number, height: number, within: Size): Box => ({
  left: Math.floor((within.width - width) / 2),
  top: Math.floor((within.height - height) / 2),
  width,
  height,
});

/** Which part of a picture of `width` × `height` goes where in the target. The crop's rounding is the reference models'. */
export const placeFit = (fit: Fit, width: number, height: number, target: Size): Placement => {
  const picture = { width, height };
  const whole = centred(width, height, picture);
  const all = centred(target.width, target.height, target);
  switch (fit.kind) {
    case 'stretch':
      return { box: whole, into: all };
    case 'crop': {
      const length = Math.max(1, Math.floor(fit.ratio * Math.min(width, height)));
      return { box: centred(length, length, picture), into: all };
    }
    case 'contain': {
      const scale = Math.min(target.width / width, target.height / height);
      const into = centred(side(width * scale, target.width), side(height * scale, target.height), target);
      return { box: whole, into };
    }
    case 'cover': {
      const scale = Math.min(width / target.width, height / target.height);
      return {
        box: centred(side(target.width * scale, width), side(target.height * scale, height), picture),
        into: all,
      };
    }
  }
};
