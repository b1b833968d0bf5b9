import ort from 'onnxruntime-node';
import sharp from 'sharp';
import type { ModelContract } from '../../../src/ops/model/contract.js';
import { bicubicNetwork } from './networks.js';

/** DESIGN's exact road for tests: full decode, no ICC, crop, ONNX Runtime's Resize = Pillow's bicubic. Stretch and crop alone. */
export async function exactPixels(path: string, contract: Pick<ModelContract, 'input' | 'fit'>): Promise<Uint8Array> {
  const { data, info } = await sharp(path, { ignoreIcc: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (info.channels !== 3) throw new Error(`${path}: ${info.channels} channels`);
  const ratio = contract.fit.kind === 'crop' ? contract.fit.ratio : undefined;
  const side = ratio === undefined ? undefined : Math.floor(ratio * Math.min(width, height));
  const box = { width: side ?? width, height: side ?? height };
  const left = Math.floor((width - box.width) / 2);
  const top = Math.floor((height - box.height) / 2);
  const picture = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const from = ((top + y) * width + left) * 3;
    picture.set(data.subarray(from, from + box.width * 3), y * box.width * 3);
  }
  const session = await ort.InferenceSession.create(bicubicNetwork(contract.input.height, contract.input.width));
  const result = await session.run({ picture: new ort.Tensor('uint8', picture, [1, box.height, box.width, 3]) });
  await session.release();
  return result.resized!.data as Uint8Array;
}
