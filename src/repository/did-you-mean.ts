/**
 * The candidate nearest to what was written, if it is near enough to be meant: at most two edits (insert, delete, replace,
 * swap neighbours) or a third of the written length. `undefined` when none is, or when it is written right.
 */
export function didYouMean(written: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(written.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === written) return undefined;
    if (Math.abs(candidate.length - written.length) >= bestDistance) continue;
    const distance = editDistance(written.toLowerCase(), candidate.toLowerCase());
    // Two edits turn any two-letter word into any other: something of the candidate must remain.
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Damerau-Levenshtein distance, where no part is edited twice ("optimal string alignment"). */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1));
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** ``did you mean `x`?`` as a list of hints: empty when nothing is near. */
export function meantHint(written: string, candidates: Iterable<string>): readonly string[] {
  const meant = didYouMean(written, candidates);
  return meant === undefined ? [] : [`did you mean \`${meant}\`?`];
}
