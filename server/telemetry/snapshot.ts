import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from '@platformatic/prom-client';

/** The numbers of one process, or of several together, as plain JSON. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

/** The content type of {@link renderSnapshots}: the Prometheus text format. */
export const METRICS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** The sum of several processes' numbers, in the Prometheus text format. */
export function renderSnapshots(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** The sum of the numbers of processes that have ended: of those that only grow. */
export class Totals {
  #sum: Promise<Snapshot> = Promise.resolve([]);

  /** Resolves to the sum with this one. Several processes may end at the same time, and none is lost. */
  add(snapshot: Snapshot): Promise<Snapshot> {
    // Its types take the name of a metric's type for a number.
    const growing = snapshot.filter(({ type }) => (type as unknown) !== 'gauge');
    this.#sum = this.#sum.then((sum) => AggregatorRegistry.aggregate([sum, growing]).getMetricsAsJSON());
    return this.#sum;
  }
}
