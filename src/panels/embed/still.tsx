/** What a frame shows of a question that has no answer here yet: the question, and the numbers that the link's author saw. */

import { complete } from '../../share/defaults.ts';
import type { Link } from '../../share/schema.ts';
import { authorsLink } from '../../state/linking/embedding.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Token } from '../../state/types.ts';
import { Button } from '../../ui/Button.tsx';
import { list, number, percent } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import styles from './view.module.css';

interface StillProps {
  /** Whether an engine has been started. */
  live: boolean;
  /** Whether its models come with the page. */
  atHand: boolean;
  onStart: () => void;
}

export function Still({ live, atHand, onStart }: StillProps) {
  const state = useWorkbench();
  const { text, target, contrast, position, shown, pair, edits, promptError } = state;
  const link = authorsLink();
  const on = edits.filter((edit) => edit.on).length;
  return (
    <section className={styles.still} aria-label="The question">
      <p className={styles.prompt}>{text}</p>
      <p>
        {target.length === 0 ? 'No token is explained' : `Why ${words(target)}`}
        {target.length > 0 && contrast.length > 0 && ` rather than ${words(contrast)}`}, after{' '}
        {position === null ? 'the last token' : `position ${position}`}, in {list(shown.map(armTitle))} of the
        pair “{pair}”{on > 0 && `, with ${on} ${on === 1 ? 'edit' : 'edits'}`}.
      </p>
      {link?.fingerprint && <AuthorsNumbers link={link} fingerprint={link.fingerprint} />}
      {promptError && <p role="alert">{promptError}</p>}
      {!live && atHand && (
        <Button kind="primary" onClick={onStart}>
          Compute it here
        </Button>
      )}
      {!live && !atHand && (
        <p>Its models are not part of this site: open it in Normless to see what they would download.</p>
      )}
      {live && <p role="status">{state.engine.message}</p>}
    </section>
  );
}

function AuthorsNumbers({
  link,
  fingerprint,
}: {
  link: Link;
  fingerprint: NonNullable<Link['fingerprint']>;
}) {
  const { target, contrast, view } = complete(link);
  const known = new Map([...target, ...contrast].map(({ id, piece }) => [id, glyphs(piece)]));
  // A link keeps names in alphabetical order.
  const place = (arm: string) => view.shown.indexOf(arm);
  const arms = Object.entries(fingerprint).sort(([a], [b]) => place(a) - place(b));
  return (
    <table className={styles.numbers}>
      <caption>As the link’s author saw it</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Likeliest next token</th>
          <th scope="col">Its probability</th>
          <th scope="col">Explained</th>
        </tr>
      </thead>
      <tbody>
        {arms.map(([arm, { top, prob, value }]) => (
          <tr key={arm}>
            <th scope="row">{armTitle(arm)}</th>
            <td>{known.get(top) ?? `token ${top}`}</td>
            <td>{percent(prob)}</td>
            <td>{value === null ? '' : number(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function words(tokens: readonly Token[]): string {
  return list(tokens.map(({ piece }) => glyphs(piece)));
}
