/** Texts that go on from the prompt: asked by a button, shown as they come in, stopped by another or by a new prompt. */

import { toErrorRecord } from '../base/errors.ts';
import type { ArmId, GenerateRequest, GenerateResult, TokenEvent } from '../engine/api.ts';
import { speaksIds } from './selectors.ts';
import { connectedEngine, promptOf, refresh } from './session.ts';
import { getState, setState, useWorkbench } from './store.ts';
import type { ArmText, Generated, GenerationSettings, Token, WorkbenchState } from './types.ts';

/** How often tokens are put on show: more would redraw the page for nothing. Milliseconds. */
const TICK = 50;

let underWay: AbortController | null = null;

/** Generates from the prompt as it stands, on the arms on show. What was under way is stopped. */
export async function startGeneration(): Promise<void> {
  underWay?.abort();
  const controller = new AbortController();
  underWay = controller;
  const { signal } = controller;
  const state = getState();
  const { pair, text, prependBos, generationSettings: settings } = state;
  const arms = [...state.shown];
  const generated: Generated = {
    prompt: { pair, text, prependBos },
    mode: settings.mode,
    leader: settings.mode === 'forced' ? leaderOf(state) : null,
    arms: Object.fromEntries(
      arms.map((arm): [ArmId, ArmText] => [arm, { tokens: [], stop: null, readBy: {} }]),
    ),
    by: null,
  };
  setState({ generating: true, generationError: null, generated });
  const unwatch = useWorkbench.subscribe((now) => {
    if (!isOfPrompt(now, generated)) controller.abort();
  });
  const stream = new Stream();
  try {
    const request = {
      pair,
      ...promptOf(state),
      arms,
      ...parameters(settings),
      leader: generated.leader ?? undefined,
    };
    const onToken = (event: TokenEvent) => {
      if (!signal.aborted) stream.take(event);
    };
    const result = await connectedEngine().generate({ ...request, signal, onToken });
    if (!signal.aborted) finish(result);
  } catch (error) {
    if (!signal.aborted) setState({ generationError: toErrorRecord(error).message });
  } finally {
    unwatch();
    if (underWay === controller) {
      stream.show();
      setState(({ generated: last }) => ({ generating: false, generated: last && ended(last) }));
      underWay = null;
    }
    stream.close();
  }
}

/** Stops what is coming in; what is there stays. */
export function stopGeneration(): void {
  underWay?.abort(new DOMException('stopped by the person', 'AbortError'));
}

export function setGeneration(change: Partial<GenerationSettings>): void {
  setState(({ generationSettings }) => ({ generationSettings: { ...generationSettings, ...change } }));
}

/** Who writes in mode 'forced': as chosen, where that arm is on show. */
export function leaderOf({ generationSettings: { leader }, shown }: WorkbenchState): ArmId | null {
  return leader !== null && shown.includes(leader) ? leader : (shown[0] ?? null);
}

/** Whether a text goes on from the prompt as it stands. */
export function isOfPrompt(state: WorkbenchState, { prompt }: Generated): boolean {
  return state.pair === prompt.pair && state.text === prompt.text && state.prependBos === prompt.prependBos;
}

/** Makes prompt and text of an arm, up to a token (all of it by default), the new prompt. */
export function takeAsPrompt(arm: ArmId, count = Number.POSITIVE_INFINITY): Promise<void> {
  const text = promptWith(arm, count);
  if (text !== null) setState({ text, position: null });
  return refresh();
}

/** Asks why an arm chose a token: the text before it becomes the prompt, the token the target, against what it likes best. */
export function explainToken(arm: ArmId, index: number): Promise<void> {
  const token = getState().generated?.arms[arm]?.tokens[index];
  const text = promptWith(arm, index);
  if (!token || text === null) return Promise.resolve();
  const target: Token[] = [{ id: token.id, piece: token.piece }];
  const contrast = token.best.id === token.id ? [] : [{ id: token.best.id, piece: token.best.piece }];
  setState({ text, position: null, target, contrast });
  return refresh();
}

/** The prompt with so many of an arm's tokens behind it, as it would be typed. */
function promptWith(arm: ArmId, count: number): string | null {
  const state = getState();
  const tokens = state.generated?.arms[arm]?.tokens.slice(0, count);
  if (!state.generated || !tokens) return null;
  const { text } = state.generated.prompt;
  if (speaksIds(state)) return [text.trim(), ...tokens.map(({ id }) => id)].join(', ');
  return text + textOf(tokens);
}

/** Pieces as one text: bytes `<0xE2>` that make up a character are put together. */
export function textOf(tokens: readonly Pick<Token, 'piece'>[]): string {
  return tokens
    .map(({ piece }) => piece)
    .join('')
    .replace(/(?:<0x[0-9A-F]{2}>)+/g, (run) => {
      const bytes = run.match(/[0-9A-F]{2}(?=>)/g) ?? [];
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
        Uint8Array.from(bytes, (hex) => Number.parseInt(hex, 16)),
      );
    });
}

/** What is typed as a request has it; what is empty is left to the engine's default. */
function parameters(settings: GenerationSettings): Partial<GenerateRequest> {
  const { mode, ...typed } = settings;
  const numbers = (['maxTokens', 'temperature', 'topK', 'topP', 'seed'] as const).flatMap((name) => {
    const text = typed[name].trim();
    return text === '' ? [] : [[name, Number(text)] as const];
  });
  return { mode, ...Object.fromEntries(numbers) };
}

function finish({ engine, method, arms }: GenerateResult): void {
  setState(({ generated }) => {
    if (!generated) return {};
    const finished = Object.entries(arms).map(([arm, { tokens, stop, readBy }]) => [
      arm,
      { tokens, stop, readBy },
    ]);
    return { generated: { ...generated, arms: Object.fromEntries(finished), by: { engine, method } } };
  });
}

/** With every text that has no end marked as stopped. */
function ended(generated: Generated): Generated {
  const arms = Object.entries(generated.arms).map(([arm, text]): [ArmId, ArmText] => [
    arm,
    { ...text, stop: text.stop ?? 'stopped' },
  ]);
  return { ...generated, arms: Object.fromEntries(arms) };
}

/** Tokens on their way to the page, several at a time. */
class Stream {
  #waiting: TokenEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  take(event: TokenEvent): void {
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.show(), TICK);
  }

  show(): void {
    this.close();
    const events = this.#waiting.splice(0);
    if (events.length === 0) return;
    setState(({ generated }) => {
      if (!generated) return {};
      const arms = { ...generated.arms };
      for (const { arm, index, token } of events) {
        const text = arms[arm];
        // After a lost device the text comes again from its beginning.
        if (text) arms[arm] = { ...text, tokens: [...text.tokens.slice(0, index), token] };
      }
      return { generated: { ...generated, arms } };
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
