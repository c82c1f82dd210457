/** What the page knows of links: its own, one that waits for consent, how an opened one compares, and what can be undone. */

import type { ArmId, PairId } from '../../engine/api.ts';
import type { Link } from '../../share/schema.ts';

/** How the numbers here compare with those that the link's author saw. */
export interface LinkVerdict {
  ok: boolean;
  /** One sentence for people. */
  says: string;
}

export interface WaitingLink {
  link: Link;
  pair: PairId;
  /** Bytes still to come of each arm it shows; null until known. */
  download: { arm: ArmId; bytes: number }[] | null;
  /** Its pair is being added, as somebody asked. */
  adding: boolean;
}

/** One state of the page that was looked at in this visit. */
export interface HistoryEntry {
  id: number;
  /** Its inputs. */
  link: Link;
  /** What differed from the state before, in a few words. */
  changed: string;
  /** Of each arm on show; null while the numbers had not come. */
  answers: Record<ArmId, HistoryAnswer> | null;
}

export interface HistoryAnswer {
  /** The likeliest next token and its probability. */
  top: { id: number; piece: string };
  prob: number;
  /** What is explained: the target's logit against the contrast's or the mean; null without a target. */
  value: number | null;
}

export interface LinkingSlice {
  /** The address's fragment without `#`, as last written; null while the page is as it opens. */
  fragment: string | null;
  /** A link about models that are not at hand: nothing is fetched before somebody says so. */
  waiting: WaitingLink | null;
  verdict: LinkVerdict | null;
  /** Earlier and later states, as links. */
  undo: Link[];
  redo: Link[];
  /** Newest first, each state once; kept until the page is left. */
  history: HistoryEntry[];
}

export const INITIAL_LINKING: LinkingSlice = {
  fragment: null,
  waiting: null,
  verdict: null,
  undo: [],
  redo: [],
  history: [],
};
