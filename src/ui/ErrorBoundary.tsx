/** Keeps a fault in one panel from taking the page with it. */

import { Component, type ReactNode } from 'react';

interface Props {
  /** What failed, for the message. */
  what: string;
  children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section role="alert" aria-label={this.props.what}>
        <p>
          {this.props.what} could not be drawn: {error.message} The rest of the page is not affected.
        </p>
        <button type="button" onClick={() => this.setState({ error: null })}>
          Draw it again
        </button>
      </section>
    );
  }
}
