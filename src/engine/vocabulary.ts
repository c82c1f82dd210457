/** Whether two tokenizers give the same ids: the arms of a pair must share one vocabulary. */

import { isObject, type JsonObject } from '../weights/json.ts';

/** A digest of tokenizer.json's vocabulary and merges, whatever else it says and however it spells the merges. */
export async function vocabularyKey(tokenizerJson: JsonObject): Promise<string> {
  const model = isObject(tokenizerJson.model) ? tokenizerJson.model : {};
  const vocab = isObject(model.vocab) ? Object.entries(model.vocab) : [];
  vocab.sort(([, a], [, b]) => Number(a) - Number(b));
  const merges = Array.isArray(model.merges)
    ? model.merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(' ') : merge))
    : [];
  const text = new TextEncoder().encode(JSON.stringify([vocab, merges]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
