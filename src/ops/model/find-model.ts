import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImgdError } from '../../base/errors.js';

/** The `models` folder of the program itself; src/ops/model and dist/ops/model lie equally deep. */
export const bundledModels = (): string => fileURLToPath(new URL('../../../models', import.meta.url));

/** Where `models pull` and `models init` put packages: IMGD_MODELS, else the user's data folder. */
export function userModels(env: NodeJS.ProcessEnv = process.env): string {
  if (env.IMGD_MODELS) return resolve(env.IMGD_MODELS);
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'imgd', 'models');
}

export const defaultModel = 'efficientnet-lite0';

export interface FoundModel {
  readonly name: string;
  readonly folder: string;
  readonly place: 'bundled' | 'user';
}

/** Packages by name, bundled ones first; a folder that can't be read counts as empty. */
export function listModels(env: NodeJS.ProcessEnv = process.env): FoundModel[] {
  const places = [
    { place: 'bundled', root: bundledModels() },
    { place: 'user', root: userModels(env) },
  ] as const;
  const found: FoundModel[] = [];
  for (const { place, root } of places) {
    for (const name of namesIn(root)) {
      if (name.startsWith('.') || found.some((one) => one.name === name)) continue;
      const folder = join(root, name);
      if (isPackage(folder)) found.push({ name, folder, place });
    }
  }
  return found;
}

/**
 * Folder of a model package: a path (anything with a separator, or a folder that holds a `model.json`), or the name of a
 * bundled package, then of one in the user's folder. Throws `not_found` with what there is.
 */
export function findModel(nameOrPath: string, env: NodeJS.ProcessEnv = process.env): string {
  if (/[/\\]|^\.\.?$/.test(nameOrPath)) {
    const folder = resolve(nameOrPath);
    if (isPackage(folder)) return folder;
    throw new ImgdError('not_found', `no model package at ${folder}: it has no model.json`, {
      hint: 'give a folder with model.json, or a name from `imgctl models list`',
    });
  }
  const models = listModels(env);
  const named = models.find((one) => one.name === nameOrPath);
  if (named !== undefined) return named.folder;
  if (nameOrPath !== '' && isPackage(resolve(nameOrPath))) return resolve(nameOrPath);
  throw new ImgdError('not_found', `no model is called '${nameOrPath}'`, {
    hint: `there are ${models.map((one) => one.name).join(', ')}; \`imgctl models list\` names those that can be pulled`,
  });
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root).sort();
  } catch {
    return [];
  }
}

const isPackage = (folder: string): boolean => existsSync(join(folder, 'model.json'));
