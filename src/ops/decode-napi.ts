import { Transformer } from '@napi-rs/image';
import type { Decoded } from './decode-options.js';
import type { Header } from './header.js';

const fromGrey = (grey: Uint8Array): Uint8Array => {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, to = 0; i < grey.length; i++, to += 3) rgb[to] = rgb[to + 1] = rgb[to + 2] = grey[i]!;
  return rgb;
};

/**
 * Decodes a JPEG with @napi-rs/image: the fastest for small ones, but it takes a file cut anywhere for whole, so only
 * `wholeJpeg` bytes may come here. Undefined where it can't: another decoder then says why, or can.
 */
export const decodeWithNapi = async (bytes: Buffer, header: Header): Promise<Decoded | undefined> => {
  const size = { width: header.storedWidth, height: header.storedHeight };
  const pixels = size.width * size.height;
  try {
    const data = await new Transformer(bytes).rawPixels();
    // it does not tell the channels or the size: the length must be what the header promised
    if (data.length === pixels * 3) return { data, ...size };
    return data.length === pixels ? { data: fromGrey(data), ...size } : undefined;
  } catch {
    return undefined;
  }
};
