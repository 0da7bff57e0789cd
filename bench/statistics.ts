/** The few statistics that the table needs. */

/** Linear between the two nearest ranks. `share` from 0 to 1. Throws on an empty list: nothing was measured. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error("no values: nothing was measured");
  const sorted = [...values].sort((a, b) => a - b);
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export type Point = { readonly x: number; readonly y: number };

/** Of the straight line that fits best (least squares), in y per x. */
export function slope(points: readonly Point[]): number {
  if (points.length < 2) throw new Error("a slope needs two points");
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const x = mean((point) => point.x);
  const y = mean((point) => point.y);
  return mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
}
