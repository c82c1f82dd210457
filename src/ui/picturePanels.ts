/** The panels on show by their ids, for an export of the whole: what each is called, its table, and where it is drawn. */

export interface PanelOnShow {
  title: string;
  /** Absent while there are no numbers. */
  csv: (() => string) | undefined;
  element: HTMLElement;
}

const onShow = new Map<string, PanelOnShow>();

/** A panel is drawn. Returns the way to take it back. */
export function showPanel(id: string, panel: PanelOnShow): () => void {
  onShow.set(id, panel);
  return () => {
    if (onShow.get(id) === panel) onShow.delete(id);
  };
}

export function panelOnShow(id: string): PanelOnShow | undefined {
  return onShow.get(id);
}
