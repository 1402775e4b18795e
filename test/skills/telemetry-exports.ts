// Sets OpenTelemetry up in the process of a test, and gives back what was exported.

import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

const spans = new InMemorySpanExporter();
const points = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** What was exported since the last time, oldest first. */
export function exportedSpans() {
  const finished = spans.getFinishedSpans();
  spans.reset();
  return finished;
}

/** Data points by instrument, since the last time. */
export async function exportedPoints() {
  points.reset();
  await reader.forceFlush();
  const found = points
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(scope => scope.metrics);
  points.reset();
  return new Map(found.map(metric => [metric.descriptor.name, metric.dataPoints]));
}
