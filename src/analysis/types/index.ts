/**
 * The per-arm and between-arm results of every analysis: plain data, as they cross to the page, scripts and exports.
 * Nats everywhere; positions count from 0 in the tokens actually fed.
 */

export * from './confidenceNeurons.ts';
export * from './dla.ts';
export * from './dlaPerPosition.ts';
export * from './predictions.ts';
export * from './tokenRef.ts';
export * from './tokenStats.ts';
