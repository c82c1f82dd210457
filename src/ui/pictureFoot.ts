/** What pictures say below: which models and which link they are of. Marks know neither, so the page tells it here. */

let foot: () => Promise<readonly string[]> = async () => [];

/** From now on pictures say these lines. */
export function signPictures(lines: () => Promise<readonly string[]>): void {
  foot = lines;
}

export function pictureFoot(): Promise<readonly string[]> {
  return foot();
}
