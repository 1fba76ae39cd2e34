import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from '@platformatic/prom-client';

/** The numbers of one process, or of several together, as plain JSON. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

/** The content type of {@link renderSnapshots}: the Prometheus text format. */
export const METRICS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** The sum of several processes' numbers, in the Prometheus text format. */
export function renderSnapshots(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/** The sum of those numbers that only grow: what is left of processes that have ended. */
export async function addTotals(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const growing = snapshots.map((snapshot) => snapshot.filter(({ type }) => (type as unknown) !== 'gauge'));
  return await AggregatorRegistry.aggregate(growing).getMetricsAsJSON();
}
