/** Numbers by their name in the Prometheus text format, labels included. */
export type Series = Record<string, number>;

/** The sum of each number. */
export function addSeries(all: readonly Series[]): Series {
  const sum: Series = {};
  for (const series of all) for (const [name, value] of Object.entries(series)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
