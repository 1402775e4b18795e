// Calls one entry for a while, awaited and on the calling stack.

import { setImmediate } from "node:timers/promises";
import type { CallOptions, Json, SkillEngine } from "../../index.js";
import { Latencies, type LatencySummary } from "./latencies.js";

export interface MeasuredCall {
  engine: SkillEngine;
  name: string;
  args: Json;
  options: CallOptions;
}

export interface MeasureOptions {
  /** Milliseconds of each mode. */
  duration: number;
  /** Milliseconds before, unmeasured. */
  warmup: number;
  /** Awaited calls in flight. */
  concurrency: number;
  mode: "both" | "awaited" | "sync";
}

export interface ModeProfile extends LatencySummary {
  calls: number;
  callsPerSecond: number;
}

export interface Profile {
  durationMs: number;
  warmupMs: number;
  concurrency: number;
  awaited?: ModeProfile;
  /** An error where the entry needs what can only answer later. */
  sync?: ModeProfile | { error: string };
}

/** Milliseconds after which the event loop gets a turn: signals come in there. */
const slice = 20;

/** @throws what the first awaited call that fails throws; the reason of the signal */
export async function measure(
  call: MeasuredCall,
  options: MeasureOptions,
  signal: AbortSignal,
): Promise<Profile> {
  const { duration, warmup, concurrency, mode } = options;
  const profile: Profile = { durationMs: duration, warmupMs: warmup, concurrency };
  if (mode !== "sync") {
    await awaited(call, warmup, concurrency, signal);
    profile.awaited = await awaited(call, duration, concurrency, signal);
  }
  if (mode !== "awaited") {
    try {
      await synchronous(call, warmup, signal);
      profile.sync = await synchronous(call, duration, signal);
    } catch (error) {
      if (signal.aborted || mode === "sync") throw error;
      profile.sync = { error: (error as Error).message };
    }
  }
  return profile;
}

async function awaited(
  { engine, name, args, options }: MeasuredCall,
  duration: number,
  concurrency: number,
  signal: AbortSignal,
): Promise<ModeProfile> {
  const latencies = new Latencies();
  const limits = { ...options, signal };
  const began = performance.now();
  const caller = async () => {
    let turn = began;
    for (let now = performance.now(); now - began < duration && !latencies.isFull; now = performance.now()) {
      await engine.call(name, args, limits);
      const end = performance.now();
      latencies.add(end - now);
      if (end - turn < slice) continue;
      await setImmediate();
      signal.throwIfAborted();
      turn = performance.now();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  // What the clock is asked in between takes no part in it where nothing else does.
  const elapsed = concurrency === 1 ? latencies.sum : performance.now() - began;
  return profileOf(latencies, elapsed);
}

async function synchronous(
  { engine, name, args, options }: MeasuredCall,
  duration: number,
  signal: AbortSignal,
): Promise<ModeProfile> {
  const latencies = new Latencies();
  const began = performance.now();
  while (performance.now() - began < duration && !latencies.isFull) {
    const turn = performance.now();
    for (let now = turn; now - turn < slice && !latencies.isFull; ) {
      engine.callSync(name, args, options);
      const end = performance.now();
      latencies.add(end - now);
      now = end;
    }
    await setImmediate();
    signal.throwIfAborted();
  }
  return profileOf(latencies, latencies.sum);
}

function profileOf(latencies: Latencies, elapsed: number): ModeProfile {
  const callsPerSecond = Math.round((latencies.size / elapsed) * 1e3);
  return { calls: latencies.size, callsPerSecond, ...latencies.summarize() };
}
