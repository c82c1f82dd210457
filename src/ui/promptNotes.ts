/** What a person should know about a prompt's text before wondering at the numbers. */

export interface PromptNote {
  id: 'trailing-space' | 'surrogate' | 'control';
  message: string;
  /** The text with the matter resolved, offered as one click; never applied unasked. */
  fixed?: string;
}

const CONTROL = /[\p{Cc}\p{Cf}]/gu;

/** Notes on the exact text; it is fed as it stands. */
export function promptNotes(text: string): PromptNote[] {
  const notes: PromptNote[] = [];
  if (/[^\s] +$/.test(text)) {
    notes.push({
      id: 'trailing-space',
      message:
        'The prompt ends with a space, which becomes a token of its own. GPT-2 expects the space at the start of the next word.',
      fixed: text.replace(/ +$/, ''),
    });
  }
  if (!text.isWellFormed()) {
    notes.push({
      id: 'surrogate',
      message:
        'The prompt contains half of a character (a lone surrogate). It is fed as U+FFFD, the replacement character.',
      fixed: text.toWellFormed().replaceAll('\uFFFD', ''),
    });
  }
  const controls = [...text.matchAll(CONTROL)].map(([character]) => character).filter((c) => c !== '\n');
  if (controls.length > 0) {
    const codes = [...new Set(controls)].map(
      (c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
    );
    notes.push({
      id: 'control',
      message: `The prompt contains invisible characters (${codes.slice(0, 4).join(', ')}). They are fed as they are and drawn as escapes.`,
    });
  }
  return notes;
}
