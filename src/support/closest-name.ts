import leven from 'leven';

/** The closest name to a mistyped one, or undefined if none is close. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const limit = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1);
  const distances = known.map((candidate) => ({
    candidate,
    distance: leven(name.toLowerCase(), candidate.toLowerCase()),
  }));
  distances.sort((a, b) => a.distance - b.distance);
  return distances[0] && distances[0].distance <= limit ? distances[0].candidate : undefined;
}
