/** Which parameters and outputs a graph has; what it computes is the golden walk's business. */

import { expect, test } from 'vitest';
import { allHooks } from '../model/hooks.ts';
import { gpt2Config, paramShapes } from '../tensor/params.ts';
import { forwardGraph } from './graph.ts';

const config = gpt2Config({ nLayers: 2, nHeads: 3, dModel: 15, nCtx: 16, dVocab: 37 });
const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
const parametersOf = (...hooks: string[]) => forwardGraph(config, new Set(hooks)).parameters;

test('everything needs every parameter, in their canonical order', () => {
  const everything = new Set(allHooks(config, 1).map(({ name }) => name));
  const graph = forwardGraph(config, everything);
  expect(graph.parameters).toEqual([...paramShapes(config).keys()]);
  expect(graph.hooks).toEqual([...everything]);
});

test('what no asked hook needs is left out, weights and nodes alike', () => {
  expect(parametersOf('hook_embed')).toEqual(['W_E']);
  expect(parametersOf('hook_pos_embed')).toEqual(['W_E', 'W_pos']);
  expect(parametersOf('blocks.0.ln1.hook_scale')).toEqual([
    'W_E',
    'W_pos',
    'blocks.0.ln1.w',
    'blocks.0.ln1.b',
  ]);
  expect(parametersOf('blocks.0.hook_resid_mid')).not.toContain('blocks.0.mlp.W_in');
  expect(text(forwardGraph(config, new Set(['hook_embed'])).bytes)).not.toContain('LayerNormalization');
});

test('outputs come in the order of the forward pass, whatever the order asked', () => {
  const graph = forwardGraph(config, new Set(['logits', 'blocks.0.hook_resid_pre']));
  expect(graph.hooks).toEqual(['blocks.0.hook_resid_pre', 'logits']);
});

test('an unembedding of its own is read in place of W_E', () => {
  const untied = { ...config, tiedEmbedding: false };
  const { bytes, parameters } = forwardGraph(untied, new Set(['logits']));
  expect(parameters).toContain('W_U');
  expect(text(bytes)).toContain('W_U');
  expect(parametersOf('logits')).not.toContain('W_U');
});

test('an LN-free arm computes no variance', () => {
  const linear = { ...config, norm: { kind: 'linear' } } as const;
  const everything = new Set(allHooks(linear, 1).map(({ name }) => name));
  const nodes = text(forwardGraph(linear, everything).bytes);
  expect(nodes).toContain('ReduceMean');
  expect(nodes).not.toMatch(/LayerNormalization|Sqrt|Pow|Reciprocal/);
});
