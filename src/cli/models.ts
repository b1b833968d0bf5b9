import { Command, InvalidArgumentError, Option } from 'commander';
import { ImgdError } from '../base/errors.js';
import { type Catalog, readCatalog } from '../ops/model/catalog.js';
import { defaultModel, findModel, listModels, userModels } from '../ops/model/find-model.js';
import { checkGolden, type GoldenReport, type PixelsOf } from '../ops/model/golden.js';
import { initModel } from '../ops/model/init-model.js';
import { loadModel, readManifest } from '../ops/model/load-model.js';
import { pull } from '../ops/model/pull.js';
import { openEngine } from '../ops/open-engine.js';
import { kernels } from '../ops/options.js';

export interface ModelsDeps {
  /** The exact decode and resize road, for golden vectors. */
  readonly pixelsOf: PixelsOf;
  /** Results; default standard output. */
  readonly out?: (text: string) => void;
  /** Progress and notes; default standard error. */
  readonly err?: (text: string) => void;
  /** Ends a download; default: never. */
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

type Io = Required<Omit<ModelsDeps, 'pixelsOf'>> & Pick<ModelsDeps, 'pixelsOf'>;

/** `imgctl models`: list, pull, verify, init. Actions reject with ImgdError; the program turns that into its exit code. */
export function modelsCommand(deps: ModelsDeps): Command {
  const io: Io = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    signal: new AbortController().signal,
    env: process.env,
    ...deps,
  };
  const command = new Command('models').description('list, download, check and make model packages');
  command.addCommand(listCommand(io));
  command.addCommand(pullCommand(io));
  command.addCommand(verifyCommand(io));
  command.addCommand(initCommand(io));
  return command;
}

const json = (io: Io, value: unknown) => io.out(`${JSON.stringify(value)}\n`);

function listCommand(io: Io): Command {
  return new Command('list')
    .description('models on this machine, and those that can be pulled')
    .option('--templates', 'the preprocessing templates of `models init --like` instead')
    .option('--json', 'one JSON object')
    .action(async (options: { templates?: boolean; json?: boolean }) => {
      const catalog = await readCatalog();
      if (options.templates) {
        if (options.json) return json(io, { templates: catalog.templates });
        return table(
          io,
          Object.entries(catalog.templates).map(([name, { description }]) => [name, description]),
        );
      }
      const here = [];
      for (const { name, folder, place } of listModels(io.env)) {
        const manifest = await readManifest(folder).catch((error: unknown) => ImgdError.from(error));
        here.push({ name, place, folder, ...summary(manifest) });
      }
      const remote = pullable(catalog, here);
      if (options.json) return json(io, { models: here, catalog: remote });
      table(io, [
        ...here.map((one) => [one.name, one.precisions.join(' '), one.place, one.description]),
        ...remote.map((one) => [one.name, one.precisions.join(' '), `pull, ${one.megabytes} MB`, one.description]),
      ]);
    });
}

const summary = (manifest: Awaited<ReturnType<typeof readManifest>> | ImgdError) =>
  manifest instanceof ImgdError
    ? { precisions: [], description: `damaged: ${manifest.message}` }
    : { precisions: manifest.variants.map((one) => one.precision), description: manifest.description };

/** What the catalog has and this machine hasn't; megabytes of the default precision. */
function pullable(catalog: Catalog, here: readonly { name: string; precisions: string[] }[]) {
  return catalog.packages.flatMap(({ model, top1 }) => {
    const have = here.find((one) => one.name === model.name)?.precisions ?? [];
    const rest = model.variants.filter((one) => !have.includes(one.precision));
    if (rest.length === 0) return [];
    const first = rest.find((one) => one.precision === model.default) ?? rest[0]!;
    const bytes = first.files.reduce((sum, file) => sum + file.bytes, 0);
    const precisions = rest.map((one) => one.precision);
    return [{ name: model.name, precisions, megabytes: Math.round(bytes / 1e6), top1, description: model.description }];
  });
}

function table(io: Io, rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  for (const row of rows)
    io.out(
      `${row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd()}\n`,
    );
}

interface PullFlags {
  precision?: string;
  from?: string;
  dest?: string;
  json?: boolean;
}

function pullCommand(io: Io): Command {
  return new Command('pull')
    .description('bring a model of the catalog to this machine, verified by SHA-256')
    .argument('<name>', 'a name from `imgctl models list`')
    .option('--precision <word>', "fp32, int8 …; default: the package's")
    .option('--from <place>', 'a mirror (URL), a file or a folder instead of the catalog’s source')
    .option('--dest <folder>', 'folder for packages; default: $IMGD_MODELS or ~/.local/share/imgd/models')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nHTTPS_PROXY, HTTP_PROXY and NO_PROXY are respected; a broken download goes on where it stopped.',
    )
    .action(async (name: string, options: PullFlags) => {
      let shown = -1;
      const result = await pull(name, {
        precision: options.precision,
        from: options.from,
        dest: options.dest ?? userModels(io.env),
        signal: io.signal,
        env: io.env,
        onProgress: (received, total, file) => {
          const tenth = Math.floor((received / total) * 10);
          if (tenth !== shown) io.err(`${file}: ${tenth * 10} % of ${(total / 1e6).toFixed(1)} MB\n`);
          shown = tenth;
        },
      });
      if (options.json) return json(io, result);
      io.out(
        `${name} ${result.precision}: ${result.already ? 'was there already, verified' : 'pulled and verified'}: ${result.folder}\n`,
      );
    });
}

interface VerifyFlags {
  precision?: string;
  engine?: 'onnx' | 'tfjs';
  json?: boolean;
}

interface Verified {
  readonly precision: string;
  readonly engine: string;
  /** What really ran; null where nothing could be opened. */
  readonly runtime: string | null;
  readonly golden: GoldenReport | null;
  readonly problem: string | null;
}

function verifyCommand(io: Io): Command {
  return new Command('verify')
    .description("check a package's files, open each engine and reproduce its golden vectors")
    .argument('[model]', 'a folder or a name', defaultModel)
    .option('--precision <word>', 'only this precision')
    .addOption(new Option('--engine <engine>', 'only this engine').choices(['onnx', 'tfjs']))
    .option('--json', 'one JSON object')
    .action(async (model: string, options: VerifyFlags) => {
      const folder = findModel(model, io.env);
      const { name, variants } = await readManifest(folder);
      const chosen = variants.filter(
        (one) =>
          (options.precision === undefined || one.precision === options.precision) &&
          (options.engine === undefined || one.engine === options.engine),
      );
      if (chosen.length === 0) await loadModel(folder, { ...options, verify: false }); // says what there is
      const results: Verified[] = [];
      for (const { precision, engine } of chosen) {
        const result = await verifyVariant(folder, precision, engine, io.pixelsOf);
        results.push(result);
        if (!options.json) io.out(describeVerified(name, result));
      }
      const bad = results.filter((one) => one.problem !== null || one.golden?.status === 'failed');
      if (options.json) json(io, { model: name, folder, ok: bad.length === 0, variants: results });
      if (bad.length === 0) return;
      const which = bad.map((one) => `${one.precision} on ${one.engine}`).join(', ');
      throw new ImgdError('invalid_model', `${name} does not keep its contract: ${which}`, {
        hint: 'the lines above say what differs; pull or copy the package again',
      });
    });
}

async function verifyVariant(
  folder: string,
  precision: string,
  engine: 'onnx' | 'tfjs',
  pixelsOf: PixelsOf,
): Promise<Verified> {
  const result = { precision, engine, runtime: null, golden: null, problem: null };
  try {
    const loaded = await loadModel(folder, { precision, engine, verify: true });
    const open = await openEngine(loaded);
    try {
      return { ...result, runtime: open.name, golden: await checkGolden(open, loaded, pixelsOf) };
    } finally {
      await open.close();
    }
  } catch (error) {
    const known = ImgdError.from(error);
    if (known.code !== 'invalid_model' && known.code !== 'unavailable') throw known;
    return { ...result, problem: known.message };
  }
}

function describeVerified(name: string, { precision, engine, runtime, golden, problem }: Verified): string {
  const head = `${name} ${precision} on ${engine}`;
  if (problem !== null || golden === null) return `${head}: failed: ${problem}\n`;
  const lines = golden.cases.flatMap((one) => one.problems.map((text) => `  ${one.image}: ${text}\n`));
  const passed = golden.cases.filter((one) => one.problems.length === 0).length;
  const worst = Math.max(...golden.cases.map((one) => one.difference ?? Number.NaN));
  const said =
    golden.status === 'absent'
      ? 'no golden vectors recorded'
      : `golden vectors ${passed} of ${golden.cases.length}, greatest difference ${worst.toFixed(6)}`;
  return `${head}: files verified, engine ${runtime}, ${said}\n${lines.join('')}`;
}

interface InitFlags {
  labels: string;
  like?: string;
  out?: string;
  input?: string;
  output?: string;
  embedding?: string;
  layout?: 'NHWC' | 'NCHW';
  size?: { height: number; width: number };
  order?: 'RGB' | 'BGR';
  mean?: [number, number, number];
  scale?: [number, number, number];
  fit?: string;
  kernel?: (typeof kernels)[number];
  kind?: 'probabilities' | 'logits';
  name?: string;
  precision?: string;
  with?: string[];
  golden?: string[];
  description?: string;
  licence?: string;
  json?: boolean;
}

function initCommand(io: Io): Command {
  return new Command('init')
    .description('make a model package of an ONNX classifier')
    .argument('<file>', 'the network, FILE.onnx')
    .requiredOption('--labels <file>', '`pred_id label` per line, line n = class n')
    .option('--like <template>', 'order, mean, scale, fit and kernel of a family: `imgctl models list --templates`')
    .addOption(new Option('--order <order>', 'channel order').choices(['RGB', 'BGR']))
    .option(
      '--mean <a,b,c>',
      "value = (pixel - mean) * scale, pixel 0 to 255, in the network's channel order",
      parseThree,
    )
    .option('--scale <a,b,c>', 'see --mean', parseThree)
    .addOption(new Option('--layout <layout>', 'where the shape leaves it open').choices(['NHWC', 'NCHW']))
    .option('--size <pixels>', '224 or HEIGHTxWIDTH, where the network leaves it open', parseSize)
    .option('--fit <fit>', 'stretch, crop:RATIO, contain or cover')
    .addOption(new Option('--kernel <kernel>', 'resize kernel').choices(kernels))
    .addOption(
      new Option('--kind <kind>', 'what the output is; default: trial runs tell').choices(['probabilities', 'logits']),
    )
    .option('--input <name>', 'where the network has several inputs')
    .option('--output <name>', 'where the network has several outputs')
    .option('--embedding <name>', 'an output that is kept as embedding')
    .option('--name <name>', "the package's name; default: the file's")
    .option('--precision <word>', 'fp32, int8 …')
    .option('--with <files...>', "the network's external data files")
    .option('--golden <images...>', 'record golden vectors of these images')
    .option('--description <text>')
    .option('--licence <text>')
    .option('--out <folder>', 'folder that gets the package; default: $IMGD_MODELS or ~/.local/share/imgd/models')
    .option('--json', 'one JSON object')
    .action(async (file: string, { like, out, json: asJson, ...choices }: InitFlags) => {
      const { templates } = await readCatalog();
      const template = like === undefined ? undefined : templates[like];
      if (like !== undefined && template === undefined)
        throw new ImgdError('usage', `no template is called '${like}'`, {
          hint: `there are ${Object.keys(templates).join(', ')}`,
        });
      const dest = out ?? userModels(io.env);
      const { folder, manifest, notes } = await initModel(file, { ...choices, dest, template, pixelsOf: io.pixelsOf });
      for (const note of notes) io.err(`note: ${note}\n`);
      if (asJson) return json(io, { name: manifest.name, folder, notes, manifest });
      io.out(`${manifest.name}: ${folder}\n`);
    });
}

function parseThree(text: string): [number, number, number] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.length !== 3 || !numbers.every(Number.isFinite))
    throw new InvalidArgumentError('Give three numbers, as in 103.939,116.779,123.68.');
  return numbers as [number, number, number];
}

function parseSize(text: string): { height: number; width: number } {
  const [, height, width] = /^(\d{1,4})(?:x(\d{1,4}))?$/.exec(text) ?? [];
  if (height === undefined || Number(height) === 0) throw new InvalidArgumentError('Give 224 or HEIGHTxWIDTH.');
  return { height: Number(height), width: Number(width ?? height) };
}
