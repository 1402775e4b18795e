/**
 * One line of the table: what was measured, our value, the peer's, their ratio, the target and whether it was met.
 * Nothing here knows a figure: values come from the trials of this run, targets from docs/benchmarks.md.
 */

const target = (text, met) => ({ target: text, met });

/** Our time against a peer's; the ratio says how many times faster we are. `atLeast` is the target, if there is one. */
export function faster(what, unit, ours, peerName, peer, atLeast) {
  const ratio = peer / ours;
  const verdict = atLeast === undefined ? {} : target(`≥ ${atLeast}×`, ratio >= atLeast);
  return { what, unit, ours, peerName, peer, ratio, ratioMeans: "faster", ...verdict };
}

/** Our cost against a limit; the ratio says how many times the limit we cost. */
export function costs(what, unit, ours, peerName, peer, atMost) {
  const ratio = ours / peer;
  const verdict = atMost === undefined ? {} : target(`≤ ${atMost}×`, ratio <= atMost);
  return { what, unit, ours, peerName, peer, ratio, ratioMeans: "of it", ...verdict };
}

/** A value with an upper bound of its own. */
export function atMost(what, unit, ours, bound) {
  return { what, unit, ours, ...target(`≤ ${bound} ${unit}`, ours <= bound) };
}

/** A value that has to be exactly this. */
export function exactly(what, unit, ours, wanted) {
  return { what, unit, ours, ...target(`${wanted} ${unit}`, ours === wanted) };
}

/** A value that is stated only. */
export function stated(what, unit, ours) {
  return { what, unit, ours };
}
