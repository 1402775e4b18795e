import { fuzzJson } from "../native-tests.mjs";

/** Fuzzes the JSON reader for so many seconds under the sanitizers; returns what went wrong. */
export async function runFuzz(seconds) {
  try {
    fuzzJson(seconds);
    return [];
  } catch (error) {
    return [`the fuzzer found something: ${error.message}`];
  }
}
