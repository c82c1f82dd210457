/** Every key that does something here, as data: the help sheet shows it and docs/keyboard.md has the same table. */

export interface Shortcut {
  /** Any of these; `Mod` is Ctrl, on Apple's keyboards ⌘. */
  keys: readonly string[];
  does: string;
}

export interface ShortcutGroup {
  /** Where the focus must be. */
  where: string;
  shortcuts: readonly Shortcut[];
}

const WALK_LIST = { keys: ['↑', '↓'], does: 'the row before, the row after' };
const FIRST_LAST = { keys: ['Home', 'End'], does: 'the first, the last' };

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    where: 'Anywhere',
    shortcuts: [
      { keys: ['?'], does: 'this help (not while you type)' },
      { keys: ['Mod+K'], does: 'all commands, found by typing' },
      {
        keys: ['Mod+Z'],
        does: 'undo: the question, view, pins and edits before (in a text field: the typing)',
      },
      { keys: ['Mod+Shift+Z'], does: 'redo' },
      {
        keys: ['Esc'],
        does: 'close what is open, or bring a maximised panel back; else let go of what is pinned',
      },
    ],
  },
  {
    where: 'On the line between two answers',
    shortcuts: [
      { keys: ['←', '→'], does: 'move it' },
      { keys: ['Home', 'End'], does: 'move it as far as it goes' },
    ],
  },
  {
    where: 'On the tokens of the prompt',
    shortcuts: [
      { keys: ['←', '→'], does: 'explain the position before, the position after' },
      { keys: ['Home', 'End'], does: 'the first position, the last' },
    ],
  },
  {
    where: 'In a heat map',
    shortcuts: [
      { keys: ['←', '→', '↑', '↓'], does: 'walk from cell to cell; each is read out' },
      { keys: ['Home', 'End'], does: 'the first cell of the row, the last' },
      { keys: ['PageUp', 'PageDown'], does: 'the first cell of the column, the last' },
      { keys: ['Enter', 'Space'], does: 'pin the cell, or let go of it' },
    ],
  },
  {
    where: 'On a head, layer, neuron, key or norm, in maps and bars',
    shortcuts: [
      { keys: ['X'], does: 'set it to 0 (attention to a key: cut it); again, and it is put back' },
      { keys: ['Shift+X'], does: 'set it to its mean over the prompt (a norm: freeze its scale there)' },
    ],
  },
  {
    where: 'In a plot',
    shortcuts: [
      { keys: ['←', '→', '↓', '↑'], does: 'the point before, the point after' },
      FIRST_LAST,
      { keys: ['Enter'], does: 'choose the point, where points can be chosen' },
    ],
  },
  {
    where: 'In bars, rankings and predictions',
    shortcuts: [WALK_LIST, FIRST_LAST, { keys: ['Enter', 'Space'], does: 'pin or choose the row' }],
  },
  {
    where: 'In a generated text',
    shortcuts: [{ keys: ['←', '→'], does: 'the token before, the token after' }, FIRST_LAST],
  },
  {
    where: 'In the field for a target or contrast token',
    shortcuts: [
      { keys: ['Enter'], does: 'ask about this token' },
      { keys: ['Shift+Enter'], does: 'add it: several tokens mean the mean of their logits' },
      { keys: ['Esc'], does: 'forget what was typed' },
    ],
  },
  {
    where: 'On an edit',
    shortcuts: [
      { keys: ['Enter', 'Space'], does: 'switch it off or on' },
      { keys: ['Alt+←', 'Alt+→'], does: 'do it earlier, later' },
      { keys: ['Delete'], does: 'remove it' },
    ],
  },
];
