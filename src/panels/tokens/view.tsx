/** Draws the token strip with its colour choice and legend; a click says what everything below speaks about. */

import { useMemo } from 'react';
import { setHover, setPosition, setView } from '../../state/actions.ts';
import { viewed, viewedJson, viewSuffix } from '../../state/edits/viewed.ts';
import { freshness, positionOf } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { ColourBy } from '../../state/types.ts';
import { Badge } from '../../ui/Badge.tsx';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { toCsv } from '../../ui/csv.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { Legend } from '../../ui/Legend.tsx';
import { Maximisable, MaximiseButton } from '../../ui/Maximise.tsx';
import { MoreFormats } from '../../ui/MoreFormats.tsx';
import { TokenStrip } from '../../ui/TokenStrip.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { ViewBadge } from '../viewBadge.tsx';
import { ASIDE, colouring } from './rows.ts';
import styles from './view.module.css';

const CHOICES: readonly [ColourBy, string][] = [
  ['none', 'nothing'],
  ['loss', 'loss'],
  ['lossDelta', 'Δ loss'],
  ['entropy', 'entropy'],
  ['jsd', 'divergence of arms (JSD)'],
  ['neuron', 'a neuron’s activation'],
];

export function TokensView() {
  const state = useWorkbench();
  const tooltip = useTooltip();
  const { slots, shown, compare, colourBy, neuron, edits, editView } = state;
  const stats = viewed(state, 'token-stats');
  const result = slots['token-stats'].result;
  // biome-ignore lint/correctness/useExhaustiveDependencies: exactly what the rows are made of; the rest of the state changes with every hover
  const { rows, meaning, unit, view } = useMemo(
    () => colouring(state),
    [slots, shown, compare, colourBy, neuron, edits, editView],
  );
  const tokens = useMemo(
    () => result?.tokens.map((id, i) => ({ id, piece: result.pieces[i] ?? '' })) ?? [],
    [result],
  );
  const fresh = stats.freshness;
  const position = positionOf(state);
  const first = rows[0];

  const onHover = (hovered: number | null, anchor: DOMRect | null) => {
    setHover(hovered === null ? null : { position: hovered });
    const token = hovered === null ? undefined : tokens[hovered];
    if (hovered === null || !token || !anchor) return tooltip.hide();
    const next = tokens[hovered + 1];
    const lines = rows.flatMap((row) => {
      const value = row.values[hovered];
      return value === null || value === undefined ? [] : [`${row.label}: ${row.format(value)}`];
    });
    const where = `after ${glyphs(token.piece)} (${hovered})${next ? `, next is ${glyphs(next.piece)}` : ''}`;
    tooltip.show(
      anchor,
      [where, ...lines, ...(hovered === ASIDE ? ['first position: not in the colour scale'] : [])].join('\n'),
    );
  };
  const csv = () =>
    toCsv(
      ['position', 'id', 'piece', ...rows.map((row) => row.label + viewSuffix(view))],
      tokens.map((token, p) => [p, token.id, token.piece, ...rows.map((row) => row.values[p])]),
    );

  return (
    <Maximisable className={styles.tokens} aria-labelledby="tokens-title" aria-busy={fresh === 'working'}>
      <div className={styles.bar}>
        <h2 id="tokens-title" className={styles.title}>
          Tokens
        </h2>
        <label className={styles.choice}>
          colour by{' '}
          <select
            value={colourBy}
            onChange={(event) => void setView({ colourBy: event.target.value as ColourBy })}
          >
            {CHOICES.map(([value, label]) => (
              <option key={value} value={value} disabled={value === 'neuron' && neuron === null}>
                {value === 'neuron' && neuron !== null ? `neuron ${neuron}` : label}
              </option>
            ))}
          </select>
        </label>
        {first && <Legend kind={first.kind} limit={first.limit} format={first.format} unit={unit} />}
        <span className={styles.meaning}>
          {first ? meaning : colourBy === 'neuron' ? 'Choose a neuron below.' : ''}
        </span>
        <ViewBadge view={view} failed={stats.failed} />
        {fresh === 'earlier' && (
          <Badge tone="note">
            {freshness(state, 'token-stats') === 'earlier' ? 'the prompt that last ran' : 'outdated'}
          </Badge>
        )}
        <span data-no-picture>
          <CopyButtons name="tokens" csv={csv} json={() => viewedJson(stats)} />
          <MoreFormats name="tokens" title={`Tokens, coloured by ${colourBy}`} csv={csv} />
          <MaximiseButton title="Tokens" />
        </span>
      </div>
      <div className={fresh === 'working' ? styles.working : undefined}>
        <TokenStrip
          tokens={tokens}
          rows={rows}
          selected={position}
          hovered={state.hover?.position ?? null}
          asideColumn={ASIDE}
          onSelect={setPosition}
          onHover={onHover}
        />
      </div>
    </Maximisable>
  );
}
