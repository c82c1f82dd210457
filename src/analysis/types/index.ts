/**
 * The per-arm and between-arm results of every analysis: plain data, as they cross to the page, scripts and exports.
 * Nats everywhere; positions count from 0 in the tokens actually fed.
 */

export * from './attention.ts';
export * from './confidenceNeurons.ts';
export * from './corpus.ts';
export * from './directEffect.ts';
export * from './dla.ts';
export * from './dlaPerPosition.ts';
export * from './editEffects.ts';
export * from './headCircuits.ts';
export * from './induction.ts';
export * from './logitLens.ts';
export * from './neuronAblation.ts';
export * from './normScales.ts';
export * from './normSurgery.ts';
export * from './nullDirection.ts';
export * from './patching.ts';
export * from './predictions.ts';
export * from './tokenRef.ts';
export * from './tokenStats.ts';
export * from './writes.ts';
