import { LuaFactory } from "wasmoon";

/** Its WebAssembly module is loaded once per factory; engines share it, as an application would do it. */
const factory = new LuaFactory();

/** A wasmoon engine (Lua 5.4 compiled to WebAssembly) with its defaults. */
export async function openWasmoon() {
  return factory.createEngine();
}
