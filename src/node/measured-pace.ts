import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row } from '../ops/row.js';
import { type CostedModel, commonCost } from './picture-cost.js';

/** How fast this machine's last run of some length was: it corrects what `imgctl plan` expects. */
export interface Pace {
  readonly model: string;
  readonly precision: string;
  /** Milliseconds of one executor for a picture, the whole way. */
  readonly msPerImage: number;
  readonly pixelsPerImage: number;
}

/** A run of fewer pictures is mostly its start. */
const leastImages = 200;

export interface PaceMeter {
  add(rows: readonly Pick<Row, 'status' | 'height' | 'width'>[]): void;
  /** Null for a run too short to tell. `seconds` of the wall's clock. */
  pace(run: Pick<Pace, 'model' | 'precision'> & { readonly seconds: number; readonly executors: number }): Pace | null;
}

export function createPaceMeter(): PaceMeter {
  let images = 0;
  let pixels = 0;
  return {
    add(rows) {
      for (const { status, height, width } of rows) {
        if (status !== 'predicted' || height === null || width === null) continue;
        images += 1;
        pixels += height * width;
      }
    },
    pace({ model, precision, seconds, executors }) {
      if (images < leastImages) return null;
      return { model, precision, msPerImage: (seconds * 1000 * executors) / images, pixelsPerImage: pixels / images };
    },
  };
}

const paceFile = (environment: NodeJS.ProcessEnv): string =>
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'imgd', 'pace.json');

/** Never throws: what can't be remembered is measured again. */
export async function rememberPace(pace: Pace, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const file = paceFile(environment);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${JSON.stringify(pace)}\n`);
    await rename(draft, file);
  } catch {
    // a read-only home has no cache
  }
}

/** Undefined where no run left one. Never throws. */
export async function recallPace(environment: NodeJS.ProcessEnv = process.env): Promise<Pace | undefined> {
  try {
    const pace = JSON.parse(await readFile(paceFile(environment), 'utf8')) as Pace;
    const sound = [pace.msPerImage, pace.pixelsPerImage].every((value) => Number.isFinite(value) && value > 0);
    return sound ? pace : undefined;
  } catch {
    return undefined;
  }
}

/** How many times slower (above 1) or faster this machine is than the cost model thinks. */
export const slowness = ({ msPerImage, pixelsPerImage }: Pace, model: CostedModel): number =>
  Math.min(20, Math.max(0.05, msPerImage / commonCost(pixelsPerImage, model)));
