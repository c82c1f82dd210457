/** Which folder may import which, as data: the table of DESIGN §1 in the order of the layers, each row with its reason. */

export interface Row {
  /** A folder of src/, or a file directly in it. Its own files are always allowed. */
  folder: string;
  /** Folders, or single modules ('engine/client.ts'), that it may import. */
  may: readonly string[];
  /** Only `import type` from these: types cost nothing at run time and tie no knot. */
  types?: readonly string[];
  /** Only `import()` from these: what must not be in the first download. */
  lazily?: readonly string[];
  /** npm packages, sub-paths included. */
  packages?: readonly string[];
  /** Why the row is no longer than it is; printed with every violation. */
  because: string;
}

/** What the engine offers the page: the client, and the types of the contract. */
const ENGINE_CLIENT = ['engine/client.ts', 'engine/api.ts', 'engine/status.ts'];
const RESULT_TYPES = ['engine', 'analysis', 'tensor'];
const ENGINE_PARTS = ['base', 'tokenizer', 'tensor', 'weights', 'gpu', 'model', 'analysis'];

export const ROWS: readonly Row[] = [
  {
    folder: 'base',
    may: [],
    because: 'base is what everything else stands on: whatever it imported, everything would import',
  },
  {
    folder: 'tensor',
    may: ['base'],
    because: 'tensor holds the Ops seam and its oracle, which must not know any device, file or model',
  },
  {
    folder: 'tokenizer',
    may: ['base'],
    packages: ['@huggingface/tokenizers'],
    because: 'text to ids is a pure function: it works in Node, in the page and in the worker alike',
  },
  {
    folder: 'weights',
    may: ['base', 'tensor'],
    packages: ['hash-wasm'],
    because:
      'a checkpoint becomes canonical parameters before any engine sees it, so that every engine reads the same',
  },
  {
    folder: 'gpu',
    may: ['base', 'tensor', 'shaders'],
    because:
      'gpu implements Ops and nothing above it: the forward pass must not learn which device it runs on',
  },
  {
    folder: 'model',
    may: ['base', 'tensor'],
    because: 'the forward pass is written once over Ops; importing a device here would make it two',
  },
  {
    folder: 'analysis',
    may: ['base', 'tensor', 'model'],
    packages: ['ml-matrix'],
    because: 'an analysis is a pure function of model, cache and parameters: no device, no page, no clock',
  },
  {
    folder: 'ort',
    may: ['base', 'tensor', 'model'],
    packages: ['onnxruntime-web'],
    because: 'the second engine is an independent check, so it shares nothing with gpu',
  },
  {
    folder: 'engine',
    may: ENGINE_PARTS,
    lazily: ['ort'],
    packages: ['comlink'],
    because:
      'the engine composes what lies below it and knows nothing of the page; onnxruntime loads on demand only',
  },
  {
    folder: 'worker.ts',
    may: [...ENGINE_PARTS, 'engine'],
    lazily: ['ort'],
    packages: ['comlink'],
    because:
      'the worker has no page: what it imported from there would be downloaded twice and could not run',
  },
  {
    folder: 'claims',
    may: ['base'],
    types: ['engine/api.ts', 'analysis', 'tensor'],
    because:
      'a claim is measured through the scripting contract alone, so that whoever has the contract can measure it too',
  },
  {
    folder: 'ui',
    may: ['base'],
    packages: ['react', 'react-dom', 'd3'],
    because:
      'props in, marks out: a mark that knew the store or the engine could not stand in the gallery or a test alone',
  },
  {
    folder: 'share',
    may: ['base', ...ENGINE_CLIENT],
    types: RESULT_TYPES,
    packages: ['valibot'],
    because: 'links and exports are codecs of plain data: they neither draw nor compute',
  },
  {
    folder: 'state',
    may: ['base', 'claims', 'share', ...ENGINE_CLIENT],
    types: RESULT_TYPES,
    packages: ['zustand', 'valibot'],
    because: 'the store speaks to the engine through its client only, and never draws',
  },
  {
    folder: 'lessons',
    may: ['base', 'state', 'ui/format.ts', 'ui/glyphs.ts'],
    types: RESULT_TYPES,
    packages: ['zustand'],
    because:
      'a lesson is data about the page: it acts by the actions of a person, reads the state, writes numbers as panels do, and never draws',
  },
  {
    folder: 'panels',
    may: ['base', 'ui', 'state', 'share', 'claims', 'lessons'],
    types: RESULT_TYPES,
    packages: ['react', 'react-dom', 'd3'],
    because:
      'a panel shows what the store holds; reaching for the engine, or for another panel, would end its being optional',
  },
  {
    folder: 'offline',
    may: ['base', 'state'],
    because:
      'the site is kept whole whatever it shows; its worker is a bundle of its own that every visit checks',
  },
  {
    folder: 'main.tsx',
    may: ['base', 'ui', 'state', 'share', 'panels', 'engine', 'offline'],
    packages: ['react', 'react-dom'],
    because:
      'the page is composed here; the engine runs in the worker, so its parts have no business in this bundle',
  },
];
