/** A label as a transparent picture: red letters in a white glow, so that it reads on any background. */
import { createRequire } from 'node:module';
import sharp from 'sharp';

export interface LabelOverlay extends Size {
  /** RGBA, row-major. */
  readonly data: Buffer;
  /** Where its corner belongs in the picture, so that the letters begin `inset` pixels from both edges. */
  readonly left: number;
  readonly top: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Shipped with us, so that letters are letters on a machine without any font. */
const font = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');
const fontName = 'DejaVu Sans Bold';
const smallest = 8;
const longest = 120;
const widestHalo = 10;

/**
 * `size` is the letters' height in pixels (one point at 72 dpi is one pixel). It shrinks, to 8 at least, for a label that
 * is wider than the picture; what still sticks out is cut off. Null where there is nothing to draw, or no room for it.
 */
export async function labelOverlay(
  label: string,
  picture: Size,
  inset: number,
  size: number,
): Promise<LabelOverlay | null> {
  const text = printable(label);
  if (text === '') return null;
  const halo = Math.min(widestHalo, Math.max(2, Math.round(size / 6)));
  const start = Math.max(inset, halo);
  const room = { width: picture.width - start - halo, height: picture.height - start - halo };
  if (room.width < 1 || room.height < 1) return null;
  let mask = await letters(text, size);
  if (mask.width > room.width && size > smallest) {
    mask = await letters(text, Math.max(smallest, Math.floor((size * room.width) / mask.width)));
  }
  const cut = { width: Math.min(mask.width, room.width), height: Math.min(mask.height, room.height) };
  return { ...(await withGlow(mask, cut, halo)), left: start - halo, top: start - halo };
}

interface Pixels extends Size {
  readonly data: Buffer;
}

/** Coverage of the letters, one byte a pixel, cut to the ink. */
async function letters(text: string, size: number): Promise<Pixels> {
  const { data, info } = await sharp({
    text: { text: escapeMarkup(text), font: `${fontName} ${size}`, fontfile: font, dpi: 72, wrap: 'none' },
  })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function withGlow(mask: Pixels, cut: Size, halo: number): Promise<Pixels> {
  const padded = sharp(mask.data, { raw: { width: mask.width, height: mask.height, channels: 1 } })
    .extract({ left: 0, top: 0, ...cut })
    .extend({ top: halo, bottom: halo, left: halo, right: halo, background: 'black' })
    .toColourspace('b-w');
  const ink = await padded.clone().raw().toBuffer();
  const whole = { width: cut.width + 2 * halo, height: cut.height + 2 * halo };
  // a blur made strong again by the factor: full near the letters, fading out at the edge
  const glow = await sharp(ink, { raw: { ...whole, channels: 1 } })
    .blur(halo / 2)
    .linear(4, 0)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const data = Buffer.alloc(whole.width * whole.height * 4);
  for (let k = 0; k < ink.length; k++) {
    const letter = (ink[k] ?? 0) / 255;
    const white = ((glow[k] ?? 0) / 255) * (1 - letter);
    const alpha = letter + white;
    const greenBlue = alpha === 0 ? 0 : (255 * white) / alpha;
    data.set([255, greenBlue, greenBlue, 255 * alpha], 4 * k);
  }
  return { data, ...whole };
}

/** One line without control characters and lone surrogates, which the text engine refuses. */
function printable(label: string): string {
  const line = label.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : line;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeMarkup = (text: string) => text.replace(/[&<>]/g, (character) => entities[character] ?? character);
