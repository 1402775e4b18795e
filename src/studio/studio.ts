// luaskills studio: a local page that shows an engine and lets a person use it.

import type { InvocationContext, LoadReport, SkillEngine } from "../index.js";
import { createApi } from "./api.js";
import { Assets } from "./assets.js";
import { Calls } from "./calls.js";
import { readCatalog, readChanges } from "./catalog.js";
import { EventStream } from "./event-stream.js";
import { LogTape } from "./log-tape.js";
import { Sampler } from "./sampler.js";
import { type LoopbackAddress, StudioServer } from "./server.js";

export interface StudioOptions {
  /** What the engine found when it loaded what it has now. */
  report: LoadReport;
  /** Of the package, for people. */
  version: string;
  address: LoopbackAddress;
  /** 0: one that is free. */
  port: number;
  /** What calls say about the studio as a client. */
  context: InvocationContext;
}

/** A studio that serves an engine, which stays the caller's. */
export class Studio implements AsyncDisposable {
  /** The link that opens it, once. */
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  /** @throws Error when the port is taken, or the page was not built */
  static async start(
    engine: SkillEngine,
    { report, version, address, port, context }: StudioOptions,
  ): Promise<Studio> {
    const assets = new Assets();
    const events = new EventStream();
    const log = new LogTape(lines => events.send("log", lines));
    const sampler = new Sampler(engine, sample => events.send("sample", sample));
    const calls = new Calls(engine, context, summary => events.send("call", summary));
    let catalog = readCatalog(engine, report);
    const unlisten = [
      engine.on("log", event => log.write(event)),
      engine.on("registry", delta => events.send("changes", readChanges(delta))),
      engine.on("load", found => {
        catalog = readCatalog(engine, found);
        events.send("catalog", catalog);
      }),
    ];
    const snapshot = () => ({
      version,
      catalog,
      calls: calls.list(),
      log: log.lines(),
      samples: sampler.samples(),
    });
    const server = new StudioServer(assets, createApi({ engine, context, calls, events, snapshot }));
    const close = async () => {
      for (const stop of unlisten) stop();
      sampler.close();
      await calls.close();
      log.close();
      events.close();
      await server.close();
    };
    try {
      return new Studio(await server.listen(address, port), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Aborts the calls that were made in it, and ends every connection. */
  close(): Promise<void> {
    return this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
