/** Checks every import in src/ against importRules.ts, and that only src/gpu says GPU*. Cycles are Biome's to find. */

import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync } from 'vite';
import { ROWS, type Row } from './importRules.ts';

export interface Violation {
  /** `src/ui/Heatmap.tsx:3` */
  where: string;
  /** What is wrong there, and why the rule is. */
  message: string;
}

type Kind = 'value' | 'type' | 'dynamic';
interface Import {
  specifier: string;
  kind: Kind;
  offset: number;
}

/** A test, or a suite that several tests run, may import anything: it is a composition of its own, and never shipped. */
const isTest = (path: string) => /\.(test|suite)\.tsx?$/.test(path);

/** `allowed` names a folder or one module; `target` is a path below src/. */
const covers = (allowed: readonly string[] = [], target: string) =>
  allowed.some((name) => target === name || target.startsWith(`${name}/`));

/** `react-dom/client` is of `react-dom`, `@a/b/c` of `@a/b`. */
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

interface Node {
  type: string;
  start: number;
}

function* nodesOf(value: unknown): Generator<Node & Record<string, unknown>> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (value && typeof value === 'object') {
    if ('type' in value && typeof value.type === 'string') yield value as Node & Record<string, unknown>;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}

function parse(path: string, source: string) {
  const { program, module, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path} does not parse: ${errors[0].message}`);

  const imports: Import[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    // `import './x.css'` has no entries and is very much there at run time.
    const kind = entries.length > 0 && entries.every((entry) => entry.isType) ? 'type' : 'value';
    imports.push({ specifier: moduleRequest.value, kind, offset: start });
  }
  for (const { moduleRequest, isType, start } of module.staticExports.flatMap((each) => each.entries)) {
    if (moduleRequest)
      imports.push({ specifier: moduleRequest.value, kind: isType ? 'type' : 'value', offset: start });
  }
  const nodes = [...nodesOf(program)];
  for (const { type, source: from, start } of nodes) {
    const specifier = (from as { value?: unknown } | null | undefined)?.value;
    if (typeof specifier !== 'string') continue;
    if (type === 'ImportExpression') imports.push({ specifier, kind: 'dynamic', offset: start });
    if (type === 'TSImportType') imports.push({ specifier, kind: 'type', offset: start });
  }
  return { imports, nodes };
}

/** Why `row` forbids this import, or null where it allows it. `path` is relative to src/. */
function refusal(path: string, { specifier, kind }: Import, row: Row): string | null {
  if (!specifier.startsWith('.')) {
    if (row.packages?.includes(packageOf(specifier))) return null;
    return `${row.folder} may use ${row.packages?.join(', ') ?? 'no package'}`;
  }
  const resolved = posix.join('src', posix.dirname(path), specifier.replace(/\?.*$/, ''));
  if (covers(['shaders'], resolved)) return covers(row.may, resolved) ? null : 'only gpu reads shaders';
  if (!resolved.startsWith('src/')) return `${resolved} lies outside src and is not shipped`;

  if (isTest(resolved)) return `${resolved} is a suite of tests and is not shipped`;
  const target = resolved.slice('src/'.length);
  if (covers([row.folder], target)) {
    const [, own, inside] = path.split('/');
    const [, other, there] = target.split('/');
    const crossesPanels = row.folder === 'panels' && inside && there && own !== other;
    return crossesPanels ? `panel ${own} may not import panel ${other}` : null;
  }
  if (covers(row.may, target)) return null;
  if (kind === 'type' && covers(row.types, target)) return null;
  if (kind === 'dynamic' && covers(row.lazily, target)) return null;
  if (covers(row.types, target)) return `${row.folder} may only \`import type\` from ${target}`;
  if (covers(row.lazily, target)) return `${row.folder} may only \`import()\` ${target}`;
  return `${row.folder} may import ${row.may.join(', ') || 'nothing'}`;
}

/** The violations of one file, `path` as seen from the repository's root (`src/ui/Heatmap.tsx`). */
export function checkFile(path: string, source: string): Violation[] {
  if (isTest(path) || path.endsWith('.d.ts')) return [];
  const inSrc = posix.relative('src', path);
  const top = inSrc.split('/')[0] ?? '';
  const row = ROWS.find(({ folder }) => folder === top);
  if (!row)
    return [
      { where: path, message: `src/${top} has no row in tools/importRules.ts: write one, with its reason` },
    ];

  const { imports, nodes } = parse(path, source);
  const at = (offset: number) => `${path}:${source.slice(0, offset).split('\n').length}`;
  const found = imports.flatMap((each) => {
    const why = refusal(inSrc, each, row);
    return why
      ? [{ where: at(each.offset), message: `imports '${each.specifier}': ${why}, because ${row.because}` }]
      : [];
  });
  if (row.folder === 'gpu') return found;

  const saysGpu = nodes.filter(
    (node) =>
      (node.type === 'Identifier' && /^GPU[A-Z]/.test(String(node.name))) ||
      (node.type === 'MemberExpression' &&
        (node.object as { name?: string }).name === 'navigator' &&
        (node.property as { name?: string }).name === 'gpu'),
  );
  const gpu = saysGpu.map((node) => ({
    where: at(node.start),
    message: `says ${node.type === 'Identifier' ? node.name : 'navigator.gpu'}: only src/gpu may, because everything else must also run on cpuOps`,
  }));
  return [...found, ...gpu];
}

/** `node tools/run.mjs tools/checkImports.ts`: 1 where any rule is broken. */
export function main(): number {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.tsx?$/.test(file));
  const violations = files.flatMap((file) => checkFile(file, readFileSync(file, 'utf8')));
  for (const { where, message } of violations) console.error(`${where} ${message}`);
  console.log(`Import rules: ${files.length} files, ${violations.length} violations.`);
  return violations.length > 0 ? 1 : 0;
}
