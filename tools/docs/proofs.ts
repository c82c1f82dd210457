/** For every command that a document gives: how it is known to run. */

/**
 * - `ci`: CI runs it, by itself or as a part of what it runs, on every commit.
 * - `part`: CI runs `of`, and this is the same about some of its files.
 * - `tool`: its tool is loaded and takes these very arguments, with `--help` added so that it stops there.
 * - `call`: the tool is run, with `args` in their place where those given would take long; `{tmp}` is an empty folder.
 * - `shell`: `run` (default: the command) ends well in an empty folder with `files` in it, and prints `prints`.
 * - `python`: its script is Python, and takes these options, which it or `beside` names. Its PyTorch is no part of what CI
 *   has; training/smoke.py runs all of training/ where there is one.
 * - `serve`: `run` says an address, at which a page with `holds` in it is.
 */
export type Proof =
  | { by: 'ci' }
  | { by: 'part'; of: string }
  | { by: 'tool' }
  | { by: 'call'; args: readonly string[]; prints: string; writes?: string }
  | {
      by: 'shell';
      run?: string;
      needs?: 'python3';
      files?: Readonly<Record<string, string>>;
      prints: string;
    }
  | { by: 'python'; beside?: readonly string[] }
  | { by: 'serve'; run: string; needs?: 'python3'; holds: string };

const CI: Proof = { by: 'ci' };
const TOOL: Proof = { by: 'tool' };

/** A kit whose Node only repeats what it is told. */
const kit = (prints: string): Proof => ({
  by: 'shell',
  files: { 'run.sh': 'bench/node/run.sh', node: '#!/bin/sh\necho "$@"\n' },
  prints,
});

const BOOK = 'Once upon a time, there was a little dog. The dog ran to the big tree.\n';

/** A command that ends in ` …` stands for all that begin with it. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  // CI, whole and in parts
  'npm ci': CI,
  'npm test': CI,
  'bash .ci/run': CI,
  'npm run check': CI,
  'npm run build': CI,
  'npm run browser': CI,
  'npm run test:unit': CI,
  'npm run test:gpu': CI,
  'npm run test:e2e': CI,
  'npm start': CI,
  'npx vite preview': CI,
  'npm run test:unit -- src/tokenizer': { by: 'part', of: 'npm run test:unit' },
  'npx vitest run --project node src/analysis/claims.test.ts': { by: 'part', of: 'npm run test:unit' },
  'npx vitest run --project node src/lessons': { by: 'part', of: 'npm run test:unit' },

  // Long, and so begun only
  'npm run test:long': { by: 'shell', run: 'playwright test --project long --list', prints: 'Total: ' },
  'npm run test:soak': {
    by: 'shell',
    run: 'vitest run --project node --mode soak src/base/half.test.ts',
    prints: 'passed',
  },
  'npm run dev': { by: 'serve', run: 'vite --port 0', holds: '/src/main.tsx' },
  'npm run format': {
    by: 'shell',
    run: 'biome check --write .',
    files: { 'biome.json': 'biome.json', '.gitignore': '.gitignore', 'a.ts': 'export  const a=1' },
    prints: 'Fixed 1 file',
  },

  // Tools
  'npm run numerics': TOOL,
  'npm run pictures': TOOL,
  'npm run notebook': TOOL,
  'npm run notebook -- --python /usr/bin/python3': TOOL,
  'npm run parity': TOOL,
  'npm run parity -- DIR': TOOL,
  'node tools/run.mjs tools/storageError.ts': TOOL,
  'node tools/run.mjs tools/makeTokenizer.ts 8191 <file>': {
    by: 'call',
    args: ['300', '{tmp}/tokenizer.json'],
    prints: '',
    writes: 'tokenizer.json',
  },
  'npm run corpus': { by: 'call', args: ['--help'], prints: 'npm run corpus -- --pair' },
  'npm run corpus -- --pair demo --text book.txt --window 256 --shard 1/8 --out 1.jsonl': {
    by: 'call',
    args: `--pair demo --arms lnfree --text {tmp}/book.txt --window 256 --shard 1/1 --out {tmp}/1.jsonl --engine cpu`.split(
      ' ',
    ),
    prints: '',
    writes: '1.jsonl',
  },
  'npm run corpus -- --merge *.jsonl --out result.json': {
    by: 'call',
    args: ['--merge', '{tmp}/1.jsonl', '--out', '{tmp}/result.json'],
    prints: 'loss',
    writes: 'result.json',
  },

  // Training: hours
  'python3 training/smoke.py': { by: 'python' },
  'node tools/run.mjs training/tokenise.ts …': {
    by: 'call',
    args: ['{tmp}/ids', '{tmp}/book.txt'],
    prints: '',
    writes: 'ids/manifest.json',
  },
  'python3 training/original.py …': {
    by: 'python',
    beside: ['training/arguments.py', 'training/model.py'], // the sizes are options by their names
  },
  'python3 training/arms.py …': { by: 'python', beside: ['training/arguments.py'] },
  'python3 training/export.py …': { by: 'python' },
  'python3 training/evaluate.py …': { by: 'python' },
  'python3 training/confidence.py …': { by: 'python' },
  'python3 training/search.py …': { by: 'python' },
  'python3 training/card.py …': { by: 'python' },

  // Benchmarks: minutes to an hour each, and of no use beside other work
  'npm run bench': TOOL,
  'npm run bench -- --filter compile': TOOL,
  'npm run bench -- --filter load': TOOL,
  'npm run bench -- --filter matmul --rounds 9': TOOL,
  'npm run bench -- --history': TOOL,
  'npm run bench -- --json ci.json': TOOL,
  'npm run bench -- --json out.json': TOOL,
  'npm run bench -- --suite full': TOOL,
  'npm run bench -- --suite full --filter NAME': TOOL,
  'npm run bench -- --suite full --filter atp': TOOL,
  'npm run bench -- --suite full --filter direct': TOOL,
  'npm run bench -- --suite full --filter entropy': TOOL,
  'npm run bench -- --suite full --filter small --rounds 2': TOOL,
  'npm run bench -- --suite full --filter sweep': TOOL,
  'WEBGPU_ADAPTER=hardware npm run bench': TOOL,
  'npm run bench:growth': TOOL,
  'npm run bench:load': TOOL,
  'npm run bench:start': TOOL,
  'npm run bench:start -- 4 ort': TOOL,
  'npm run bench:start -- 4 wgsl': TOOL,
  'npm run bench:kit': TOOL,
  'npm run bench:node': TOOL,
  'npm run bench:node -- --filter 16x768x3072': TOOL,
  'npm run bench:node -- --golden': TOOL,
  'npm run bench:node -- --merge gpu.json --torch torch.json': TOOL,
  'npm run bench:node -- --probe': TOOL,
  'WEBGPU_ADAPTER=hardware npm run bench:node -- --suite gpu --json gpu.json': TOOL,
  'python3 bench/node/torchPeer.py --json torch.json': { by: 'python' },
  'sh run.sh': kit('--suite gpu --json results/suite.json'),
  'sh run.sh --only probe': kit('--probe --json results/probe.json'),
  'sh run.sh --only suite --filter prefill': kit('--suite gpu --filter prefill --json'),
  'sh run.sh --software --suite ci': kit('--suite gpu --suite ci --json'),
  'tar -xJf normless-bench.tar.xz': {
    by: 'shell',
    run: 'tar -cJf normless-bench.tar.xz a && rm a && tar -xJf normless-bench.tar.xz && cat a',
    files: { a: 'packed' },
    prints: 'packed',
  },
  'python3 -m tarfile -e normless-bench.tar.xz': {
    by: 'shell',
    run: 'python3 -m tarfile -c normless-bench.tar.xz a && rm a && python3 -m tarfile -e normless-bench.tar.xz && cat a',
    needs: 'python3',
    files: { a: 'packed' },
    prints: 'packed',
  },
  'python3 -m http.server 8000 -d dist': {
    by: 'serve',
    run: 'python3 -u -m http.server 0 -d public',
    needs: 'python3',
    holds: 'manifest.webmanifest',
  },
};

/** The table's name of a command, or null where it has none. */
export function entryOf(command: string): string | null {
  if (Object.hasOwn(PROOFS, command)) return command;
  const covers = (entry: string) => entry.endsWith(' …') && command.startsWith(entry.slice(0, -1));
  return Object.keys(PROOFS).find(covers) ?? null;
}

/** What lies in the folder of the calls. */
export const BESIDE: Readonly<Record<string, string>> = { 'book.txt': BOOK };
