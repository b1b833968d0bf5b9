import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const source = join(import.meta.dirname, '../../src');

/** Relative modules that a module imports for more than its types. */
const importsOf = (code: string, path: string) =>
  ts
    .preProcessFile(code)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name.replace(/\.js$/, '.ts')));

/**
 * A module of src and what it imports as JavaScript in `folder`, for child processes that Vitest doesn't transform.
 * Returns the module's path there. Packages aren't resolved: for modules that need Node alone.
 */
export const transpiled = async (module: string, folder: string): Promise<string> => {
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const waiting = [join(source, module)];
  const done = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const { outputText } = ts.transpileModule(await readFile(path, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    const target = join(folder, relative(source, path).replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
    waiting.push(...importsOf(outputText, path));
  }
  return join(folder, module.replace(/\.ts$/, '.js'));
};
