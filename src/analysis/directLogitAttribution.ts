/** Direct logit attribution: the final residual's terms, each read by the target's direction (SCIENCE §5, paper eq. 5). */

import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkSet, promptOf, resolvePosition } from './armRun.ts';
import { editTerms } from './editTerms.ts';
import { actualValue, readout } from './readout.ts';
import { uploadIds, uploadVector, withScratch } from './scratch.ts';
import type { DlaArm, DlaBetween, DlaTerm, DlaUnit } from './types/index.ts';

export interface DlaOptions {
  /** Negative counts from the end. */
  position: number;
  /** Token ids; several mean the mean of their logits. */
  target: readonly number[];
  contrast: readonly number[];
  centerUnembed: boolean;
  unit: DlaUnit;
  valueBias: 'head' | 'folded';
}

/** What edits may change that a unit's terms do not have inside. */
const OUTSIDE = {
  component: ['resid'],
  head: ['resid', 'attn_out'],
  neuron: ['resid', 'attn_out', 'mlp_out'],
  'head-source': ['resid', 'attn_out', 'z'],
} as const;

/** What the target is read from, and the scale that divides every term. */
const FINAL: readonly HookName[] = ['ln_final.hook_scale', 'ln_final.hook_normalized'];

/** The activations a unit reads. */
export function dlaHooks(config: ModelConfig, unit: DlaUnit): HookName[] {
  const layers = [...Array(config.nLayers).keys()];
  const perLayer = (layer: number): HookName[] => {
    if (unit === 'component') return [blockHook(layer, 'hook_attn_out'), blockHook(layer, 'hook_mlp_out')];
    if (unit === 'neuron') return [blockHook(layer, 'attn.hook_z'), blockHook(layer, 'mlp.hook_post')];
    if (unit === 'head') return [blockHook(layer, 'attn.hook_z'), blockHook(layer, 'hook_mlp_out')];
    return [
      blockHook(layer, 'attn.hook_v'),
      blockHook(layer, 'attn.hook_pattern'),
      blockHook(layer, 'hook_mlp_out'),
    ];
  };
  return ['hook_embed', 'hook_pos_embed', ...layers.flatMap(perLayer), ...FINAL];
}

/**
 * Every term's share of the target at one position. With LN the final scale is frozen at this run's own σ;
 * without LN there is none and each share is exact. The terms add up to `actual`, the model's own logits; of an edited run
 * what edits put into the residual stream are terms, too.
 */
export async function directLogitAttribution(run: ArmRun, options: DlaOptions): Promise<DlaArm> {
  const { model, cache } = run;
  const { unit, centerUnembed, valueBias } = options;
  const target = checkSet('target', options.target, model.config);
  const contrast = options.contrast.length === 0 ? [] : checkSet('contrast', options.contrast, model.config);
  const position = resolvePosition(options.position, promptOf(cache).length);

  const { direction, bias } = await readout(model, target, contrast, centerUnembed);
  const { scale, terms } = await withScratch(model, 'direct logit attribution', async (ops) => {
    const at = uploadIds(ops, [position], 'position');
    const sigma = ops.embed(cache.get('ln_final.hook_scale'), at);
    const project = new Projection(run, ops, position, uploadVector(ops, direction, 'target direction'));
    const groups = recordTerms(project, model.config, options);
    const [read, ...values] = await ops.read([sigma, ...groups.flatMap((group) => group.reads)]);
    const frozen = read?.[0] as number;
    return { scale: frozen, terms: assemble(groups, values as Float32Array[], frozen) };
  });
  terms.push({ label: 'b_U', value: bias });

  const actual = await actualValue(run, position, target, contrast, centerUnembed);
  const sum = terms.reduce((total, term) => total + term.value, 0);
  return {
    position,
    target: [...target],
    contrast: [...contrast],
    unit,
    terms,
    sum,
    actual,
    error: Math.abs(sum - actual),
    tolerance: closingTolerance(
      terms.map(({ value }) => value),
      actual,
    ),
    convention: {
      finalScale: model.config.norm.kind === 'layer' ? 'frozen' : 'none',
      scale,
      centerUnembed,
      valueBias,
    },
  };
}

/** What |sum of terms − actual| may be: 1e-4 of the value, at least of 1; 1e-3 where a term exceeds 100, since f32 keeps seven digits. */
export function closingTolerance(terms: readonly number[], actual: number): number {
  const large = terms.some((value) => Math.abs(value) > 100);
  return (large ? 1e-3 : 1e-4) * Math.max(1, Math.abs(actual));
}

/** Second − first, term by term; both must be of one unit, position and target. */
export function dlaBetween(first: DlaArm, second: DlaArm): DlaBetween {
  const values = new Map(first.terms.map((term) => [term.label, term.value]));
  return {
    terms: second.terms.map((term) => ({ ...term, value: term.value - (values.get(term.label) ?? 0) })),
    sum: second.sum - first.sum,
    actual: second.actual - first.actual,
  };
}

/** Terms that come out of one read: `finish` turns the values (before division by σ) into terms. */
interface TermGroup {
  reads: Tensor[];
  finish: (values: readonly Float32Array[]) => DlaTerm[];
}

function assemble(groups: readonly TermGroup[], values: readonly Float32Array[], scale: number): DlaTerm[] {
  let used = 0;
  return groups.flatMap((group) => {
    const own = values.slice(used, used + group.reads.length);
    used += own.length;
    return group.finish(own).map((term) => ({ ...term, value: term.value / scale }));
  });
}

function recordTerms(project: Projection, config: ModelConfig, { unit, valueBias }: DlaOptions): TermGroup[] {
  const folded = valueBias === 'folded';
  const layers = [...Array(config.nLayers).keys()].flatMap((layer) => {
    if (unit === 'component') {
      return [
        project.residual(`L${layer}.attn`, blockHook(layer, 'hook_attn_out'), layer),
        project.residual(`L${layer}.mlp`, blockHook(layer, 'hook_mlp_out'), layer),
      ];
    }
    return [
      unit === 'head-source' ? project.headSources(layer, folded) : project.heads(layer, folded),
      project.outputBias(layer, folded),
      unit === 'neuron'
        ? project.neurons(layer)
        : project.residual(`L${layer}.mlp`, blockHook(layer, 'hook_mlp_out'), layer),
    ];
  });
  return [
    project.residual('embed', 'hook_embed'),
    project.residual('pos_embed', 'hook_pos_embed'),
    ...layers,
    ...project.edits(unit),
  ];
}

/** Projections of cached activations at one position on one direction, recorded on the device. */
class Projection {
  readonly #at: Tensor;
  readonly #byLayer = new Map<number, Tensor>();

  constructor(
    private readonly run: ArmRun,
    private readonly ops: Ops,
    private readonly position: number,
    private readonly direction: Tensor,
  ) {
    this.#at = uploadIds(ops, [position], 'position');
  }

  /** A hook that is itself a summand of the residual stream. */
  residual(label: string, hook: HookName, layer?: number): TermGroup {
    const value = this.ops.dotGroups(this.#rowOf(hook), this.direction, 1, label);
    return {
      reads: [value],
      finish: ([v]) => [{ label, ...(layer !== undefined && { layer }), value: v?.[0] as number }],
    };
  }

  /** What edits put in, of a run that was edited. */
  edits(unit: DlaUnit): TermGroup[] {
    return editTerms(this.run.cache, OUTSIDE[unit]).map(({ label, layer, site, hook }) => {
      const direction = site === 'z' ? this.#headDirections(layer) : this.direction;
      const value = this.ops.dotGroups(this.#rowOf(hook), direction, 1, label);
      return { reads: [value], finish: ([v]) => [{ label, layer, value: v?.[0] as number }] };
    });
  }

  /** z_h·W_O^h·direction for every head, computed as z·(W_O·direction): no result tensor. */
  heads(layer: number, folded: boolean): TermGroup {
    const { nHeads } = this.run.model.config;
    const values = this.ops.dotGroups(
      this.#rowOf(blockHook(layer, 'attn.hook_z')),
      this.#headDirections(layer),
      nHeads,
    );
    return {
      reads: [values, ...(folded ? this.#valueBiasReads(layer) : [])],
      finish: ([perHead, ...biasReads]) => {
        const bias = folded ? this.#valueBias(biasReads) : null;
        return Array.from({ length: nHeads }, (_, head) => ({
          label: `L${layer}H${head}`,
          layer,
          head,
          value: (perHead?.[head] as number) - (bias?.[head] ?? 0),
        }));
      },
    };
  }

  /** A[h, position, j]·(v_j^h·W_O^h·direction) for every head and source j ≤ position. */
  headSources(layer: number, folded: boolean): TermGroup {
    const { nHeads } = this.run.model.config;
    const pos = this.run.cache.pos;
    const perSource = this.ops.dotGroups(
      this.#hook(blockHook(layer, 'attn.hook_v')),
      this.#headDirections(layer),
      nHeads,
    );
    const queryRows = Array.from({ length: nHeads }, (_, head) => head * pos + this.position);
    const pattern = this.ops.embed(
      this.#hook(blockHook(layer, 'attn.hook_pattern')),
      uploadIds(this.ops, queryRows),
    );
    return {
      reads: [perSource, pattern, ...(folded ? this.#valueBiasReads(layer) : [])],
      finish: ([written, weights, ...biasReads]) => {
        const bias = folded ? this.#valueBias(biasReads) : null;
        return Array.from({ length: nHeads }, (_, head) =>
          Array.from({ length: this.position + 1 }, (_, source) => {
            const value = (written?.[source * nHeads + head] as number) - (bias?.[head] ?? 0);
            const weight = weights?.[head * pos + source] as number;
            return { label: `L${layer}H${head}←${source}`, layer, head, source, value: weight * value };
          }),
        ).flat();
      },
    };
  }

  /** b_O·direction; with folded value biases also Σ_h b_V^h·W_O^h·direction. */
  outputBias(layer: number, folded: boolean): TermGroup {
    const label = `L${layer}.b_O`;
    const own = this.ops.dotGroups(this.#block(layer).b_O, this.direction, 1, label);
    return {
      reads: [own, ...(folded ? this.#valueBiasReads(layer) : [])],
      finish: ([b, ...biasReads]) => {
        const moved = folded ? this.#valueBias(biasReads).reduce((sum, x) => sum + x, 0) : 0;
        return [{ label, layer, value: (b?.[0] as number) + moved }];
      },
    };
  }

  /** a_n·(w_out,n·direction) for every neuron, and b_out apart. */
  neurons(layer: number): TermGroup {
    const { dMlp } = this.run.model.config;
    const { W_out, b_out } = this.#block(layer);
    const written = this.ops.linearT(this.direction, W_out, `L${layer} neurons' read-out`);
    const values = this.ops.dotGroups(this.#rowOf(blockHook(layer, 'mlp.hook_post')), written, dMlp);
    const bias = this.ops.dotGroups(b_out, this.direction, 1, `L${layer}.b_out`);
    return {
      reads: [values, bias],
      finish: ([perNeuron, b]) => [
        ...Array.from({ length: dMlp }, (_, neuron) => ({
          label: `L${layer}N${neuron}`,
          layer,
          neuron,
          value: perNeuron?.[neuron] as number,
        })),
        { label: `L${layer}.b_out`, layer, value: b?.[0] as number },
      ],
    };
  }

  #block(layer: number) {
    return this.run.model.params.blocks[layer] as ArmRun['model']['params']['blocks'][number];
  }

  #hook(hook: HookName): Tensor {
    return this.run.cache.get(hook);
  }

  #rowOf(hook: HookName): Tensor {
    return this.ops.embed(this.#hook(hook), this.#at, hook);
  }

  /** W_O·direction, [head·d_head]; once per layer, however many terms read it. */
  #headDirections(layer: number): Tensor {
    const known = this.#byLayer.get(layer);
    if (known) return known;
    const label = `L${layer} heads' read-out`;
    const directions = this.ops.linearT(this.direction, this.#block(layer).W_O, label);
    this.#byLayer.set(layer, directions);
    return directions;
  }

  #valueBiasReads(layer: number): Tensor[] {
    return [this.#block(layer).b_QKV, this.#headDirections(layer)];
  }

  /** b_V^h·(W_O^h·direction) per head: attention rows sum to 1, so each head carries it whole. */
  #valueBias([b_QKV, directions]: readonly (Float32Array | undefined)[]): number[] {
    const { nHeads, dHead, dModel } = this.run.model.config;
    return Array.from({ length: nHeads }, (_, head) => {
      let sum = 0;
      for (let i = head * dHead; i < (head + 1) * dHead; i++) {
        sum += (b_QKV?.[2 * dModel + i] as number) * (directions?.[i] as number);
      }
      return sum;
    });
  }
}
