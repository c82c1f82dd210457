/** What the palette can do for a state of the page: only what would do something now. */

import type { PairId } from '../../engine/api.ts';
import { LESSONS, lessonById } from '../../lessons/index.ts';
import { openLesson, useProgress } from '../../lessons/progress.ts';
import {
  chooseExample,
  clearSelection,
  setCompare,
  setPrependBos,
  swapSides,
  toggleArm,
  togglePanel,
} from '../../state/actions.ts';
import { clearEdits, openEditForm } from '../../state/edits/actions.ts';
import { EXAMPLES } from '../../state/examples.ts';
import { resetLayout } from '../../state/layout.ts';
import { redo, undo } from '../../state/linking/open.ts';
import { openModels, showModelsView } from '../../state/models/dialog.ts';
import { choosePair } from '../../state/models/switchPair.ts';
import type { ModelsView } from '../../state/models/types.ts';
import {
  armTitle,
  currentPair,
  engineIsDead,
  isAtHand,
  pairArms,
  shortTitle,
  speaksIds,
} from '../../state/selectors.ts';
import { openSheet } from '../../state/sheets.ts';
import { chooseTheme, THEMES } from '../../state/theme.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { restorePanel } from '../../ui/Maximise.tsx';
import { closerPanels } from '../index.ts';
import type { Command } from './matching.ts';
import { goTo, goToLesson, goToOpenPanel } from './places.ts';
import { sharingCommands } from './sharing.ts';

const THEME_TITLES = { auto: 'Theme as the system’s', light: 'Light theme', dark: 'Dark theme' } as const;

/** In the order in which a person would look for them. */
export function commandsFor(state: WorkbenchState): Command[] {
  return [
    ...panelCommands(state),
    ...questionCommands(state),
    ...exampleCommands(state),
    ...lessonCommands(),
    ...modelCommands(state),
    ...editCommands(state),
    ...sharingCommands(),
    ...pageCommands(state),
  ];
}

function panelCommands({ open }: WorkbenchState): Command[] {
  const panels = closerPanels.map(({ id, tab, question }) => ({
    ...{ id: `open:${id}`, group: 'Look closer', title: tab, about: question },
    run: () => goToOpenPanel(open === id ? undefined : togglePanel(id)),
  }));
  const close = { id: 'close', group: 'Look closer', title: 'Close the panel' };
  return open === null ? panels : [...panels, { ...close, run: () => void togglePanel(open) }];
}

function questionCommands(state: WorkbenchState): Command[] {
  const { prependBos, contrast, linking, pinned, neuron } = state;
  const group = 'Question';
  return [
    { id: 'prompt', group, title: 'Go to the prompt', run: () => goTo('prompt') },
    ...when(contrast.length > 0, {
      ...{ id: 'swap', group, title: 'Swap target and contrast' },
      run: () => void swapSides(),
    }),
    ...when(!speaksIds(state), {
      ...{ id: 'bos', group, title: prependBos ? 'Leave out BOS' : 'Put BOS in front' },
      run: () => void setPrependBos(!prependBos),
    }),
    ...when(linking.undo.length > 0, {
      ...{ id: 'undo', group, title: 'Undo', key: 'Mod+Z' },
      run: () => void undo(),
    }),
    ...when(linking.redo.length > 0, {
      ...{ id: 'redo', group, title: 'Redo', key: 'Mod+Shift+Z' },
      run: () => void redo(),
    }),
    ...when(pinned !== null || neuron !== null, {
      ...{ id: 'unpin', group, title: 'Let go of what is pinned', key: 'Esc' },
      run: () => void clearSelection(),
    }),
  ];
}

function exampleCommands(state: WorkbenchState): Command[] {
  if (speaksIds(state)) return [];
  return EXAMPLES.map((example) => ({
    ...{ id: `example:${example.id}`, group: 'Example', title: example.title, about: example.text },
    run: () => void chooseExample(example),
  }));
}

function lessonCommands(): Command[] {
  const { showing, lesson } = useProgress.getState();
  const title = lessonById(lesson)?.title;
  return [
    ...when(showing === 'lesson' && title !== undefined, {
      ...{ id: 'lesson', group: 'Lesson', title: 'Go to the lesson', about: title },
      run: goToLesson,
    }),
    ...LESSONS.map(({ id, title, about }) => ({
      ...{ id: `lesson:${id}`, group: 'Lesson', title, about },
      run: () => onThePage(() => openLesson(id)),
    })),
  ];
}

function modelCommands(state: WorkbenchState): Command[] {
  if (engineIsDead(state)) return [];
  const { shown, compare, pairs, pair } = state;
  const group = 'Models';
  const toLoad = new Set(currentPair(state)?.arms.flatMap((arm) => (isAtHand(arm) ? [] : [arm.id])));
  const arms = pairArms(state);
  const usable = arms.filter((arm) => !toLoad.has(arm));
  return [
    ...arms.map((arm) => ({
      ...{ id: `arm:${arm}`, group, title: `${shown.includes(arm) ? 'Hide' : 'Show'} ${armTitle(arm)}` },
      ...(toLoad.has(arm) && { about: 'not loaded: says first what it takes' }),
      run: () => void toggleArm(arm),
    })),
    ...usable.flatMap((first, i) =>
      usable.slice(i + 1).flatMap((second) =>
        when(compare.join() !== [first, second].join(), {
          ...{ id: `compare:${first}:${second}`, group },
          title: `Compare ${armTitle(second)} with ${armTitle(first)}`,
          run: () => void setCompare(first, second),
        }),
      ),
    ),
    ...pairs
      .filter(({ id }) => id !== pair)
      .map(({ id, title, arms: all }) => ({
        ...{ id: `pair:${id}`, group, title: `Switch to ${shortTitle(title)}` },
        ...(!all.some(isAtHand) && { about: 'not loaded: says first what it takes' }),
        run: () => void choosePair(id),
      })),
    { id: 'load', group, title: 'Load models…', run: () => void openModels(pair) },
    {
      ...{ id: 'add', group, title: 'Add models of your own…' },
      run: () => openModelsAt('add', pair),
    },
    {
      ...{ id: 'storage', group, title: 'See what this browser keeps…' },
      run: () => openModelsAt('storage', pair),
    },
  ];
}

/** The view at once: while the engine is asked, somebody may go on to another. */
function openModelsAt(view: ModelsView, pair: PairId): void {
  void openModels(pair);
  void showModelsView(view);
}

function editCommands({ edits }: WorkbenchState): Command[] {
  const group = 'Edits';
  return [
    { id: 'edit', group, title: 'Add an edit…', run: () => onThePage(() => openEditForm(true)) },
    ...when(edits.length > 0, {
      ...{ id: 'edits:clear', group, title: 'Remove every edit' },
      run: () => void clearEdits(),
    }),
  ];
}

function pageCommands({ theme }: WorkbenchState): Command[] {
  const group = 'Page';
  return [
    ...THEMES.filter((each) => each !== theme).map((each) => ({
      ...{ id: `theme:${each}`, group, title: THEME_TITLES[each] },
      run: () => chooseTheme(each),
    })),
    { id: 'layout', group, title: 'Reset the layout', about: 'the columns as they come', run: resetLayout },
    { id: 'help', group, title: 'Help and keys', key: '?', run: () => openSheet('help') },
  ];
}

/** Does what a panel that fills the window would hide. */
function onThePage(run: () => void): void {
  restorePanel();
  run();
}

function when(holds: boolean, command: Command): Command[] {
  return holds ? [command] : [];
}
