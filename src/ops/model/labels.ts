import { ImgdError } from '../../base/errors.js';
import type { Label } from './contract.js';

/**
 * `pred_id label`, line n = class n. A line of one word is identifier and label at once. Throws `invalid_model` with the
 * line's number for an empty line in between or an identifier that stands twice (labels alone may repeat: ImageNet has
 * two cranes).
 */
export function parseLabels(text: string, where: string): Label[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/(\r?\n)+$/, '')
    .split(/\r?\n/);
  const seen = new Map<string, number>();
  return lines.map((line, i) => {
    const match = /^\s*(\S+)(?:\s+(\S.*?))?\s*$/.exec(line);
    if (match === null) throw wrong(`${where}, line ${i + 1}: no label`);
    const id = match[1]!;
    const before = seen.get(id);
    if (before !== undefined) throw wrong(`${where}: line ${before + 1} and line ${i + 1} both have the id '${id}'`);
    seen.set(id, i);
    return { id, label: match[2] ?? id };
  });
}

const wrong = (message: string) =>
  new ImgdError('invalid_model', message, {
    hint: 'each line is `pred_id label` (line n = class n), with underscores instead of spaces where there is no id',
  });
