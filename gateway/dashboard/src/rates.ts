/** Exact comparison of rates: no floating point number decides who is ahead. */

export interface ExactRate {
  numerator: number;
  denominator: number;
}

/** Negative where `a` is lower than `b`. */
export function compareRates(a: ExactRate, b: ExactRate): number {
  const left = BigInt(a.numerator) * BigInt(b.denominator);
  const right = BigInt(b.numerator) * BigInt(a.denominator);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Sorts by rate, the highest or the lowest first; things without a rate come last in either order. Stable. */
export function byRate<Thing>(
  things: readonly Thing[],
  rateOf: (thing: Thing) => ExactRate | null,
  highestFirst: boolean,
): Thing[] {
  return [...things].sort((one, other) => {
    const a = rateOf(one);
    const b = rateOf(other);
    if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
    return highestFirst ? compareRates(b, a) : compareRates(a, b);
  });
}
