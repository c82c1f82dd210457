/** What a person writes to name a repository, and the addresses that follow from it. */

import { InputError } from '../../base/errors.ts';

/** A repository at a revision as asked for. */
export interface RepoAt {
  /** `owner/name` */
  readonly name: string;
  readonly revision: string;
}

const NAME = /^[\w][\w.-]{0,95}\/[\w][\w.-]{0,95}$/;
const REVISION = /^[^\s\\\p{Cc}]{1,200}$/u;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Reads `owner/name`, or the address of its page (also with /tree/revision). `revision` counts more than one in the
 * address; the default is main. InputError with an example where it is neither.
 */
export function parseRepo(text: string, revision?: string): RepoAt {
  const [, path] = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/(.*)$/.exec(text.trim()) ?? [];
  const plain = (path ?? text.trim()).replace(/[?#].*$/, '').replace(/\/+$/, '');
  const [, name = '', tree] = /^([^/]+\/[^/]+)(?:\/(?:tree|blob|resolve)\/(.+))?$/.exec(plain) ?? [];
  if (!NAME.test(name) || name.includes('..') || (tree !== undefined && path === undefined))
    throw new InputError(
      `“${text.slice(0, 100)}” does not name a repository. Write owner/name, e.g. openai-community/gpt2, or paste the address of its page.`,
      { repo: text.slice(0, 300) },
    );
  const chosen = revision ?? decoded(tree) ?? 'main';
  if (!REVISION.test(chosen) || chosen.includes('..'))
    throw new InputError(
      `“${chosen.slice(0, 100)}” is no revision. Write a branch, a tag or a commit, e.g. main.`,
      { revision: chosen.slice(0, 300) },
    );
  return { name, revision: chosen };
}

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

export function pageUrl(endpoint: string, name: string): string {
  return `${endpoint}/${name}`;
}

export function revisionUrl(endpoint: string, { name, revision }: RepoAt): string {
  return `${endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}`;
}

export function treeUrl(endpoint: string, name: string, commit: string): string {
  return `${endpoint}/api/models/${name}/tree/${commit}?recursive=false`;
}

export function fileUrl(endpoint: string, name: string, commit: string, path: string): string {
  return `${endpoint}/${name}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** An address may be percent-encoded; one that is so wrongly is taken as it is. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}
