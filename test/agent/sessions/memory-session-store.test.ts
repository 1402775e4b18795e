// Sessions in memory keep what every store promises.

import { MemorySessionStore } from "luaskills/agent";
import { describeSessionStore } from "../session-store-contract.js";

describeSessionStore("memory", async () => new MemorySessionStore());
