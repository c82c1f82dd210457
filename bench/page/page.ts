/** The page of the suite; Node drives it through `window.bench`. */

import type { BenchPage } from '../contract.ts';
import { Bench } from './bench.ts';
import { ORT_FILES } from './ortFiles.ts';

(window as unknown as { bench: BenchPage }).bench = new Bench(ORT_FILES);
