/** Says beside a panel's title that its numbers are of edited models, or of what the edits changed; nothing without edits. */

import type { EditView } from '../state/edits/types.ts';
import { Badge } from '../ui/Badge.tsx';

interface ViewBadgeProps {
  view: EditView;
  /** The edited models gave no answer. */
  failed: boolean;
}

export function ViewBadge({ view, failed }: ViewBadgeProps) {
  if (failed) return <Badge tone="note">without the edits</Badge>;
  if (view === 'base') return null;
  return view === 'edited' ? (
    <Badge tone="note" title="With the edits that are on">
      edited
    </Badge>
  ) : (
    <Badge tone="note" title="What the edits changed: with those that are on, less without">
      Δ edited
    </Badge>
  );
}
