// Which view is shown: the part of the address after #.

import { useEffect, useState } from "preact/hooks";

export type Route =
  | { view: "report" }
  | { view: "skill"; skillId: string; flow: string }
  | { view: "entry"; name: string }
  | { view: "call"; id: number };

export const links = {
  report: "#/",
  skill: (skillId: string, flow = "main") =>
    `#/skill/${encodeURIComponent(skillId)}/${encodeURIComponent(flow)}`,
  entry: (name: string) => `#/entry/${encodeURIComponent(name)}`,
  call: (id: number) => `#/call/${id}`,
};

function parse(hash: string): Route {
  const [view, first = "", second = "main"] = hash.replace(/^#\//, "").split("/").map(decode);
  if (view === "skill") return { view, skillId: first, flow: second };
  if (view === "entry") return { view, name: first };
  if (view === "call") return { view, id: Number(first) };
  return { view: "report" };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param moved is called whenever somebody went somewhere */
export function useRoute(moved: () => void): Route {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const listener = () => {
      setRoute(parse(location.hash));
      moved();
    };
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}
