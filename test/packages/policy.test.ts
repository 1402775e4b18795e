import assert from "node:assert/strict";
import { test } from "node:test";
import type { SkillRoot } from "luaskills";
import * as policy from "#dist/packages/policy.js";

/** A chain with these labels, each root in a folder of its label. */
function chain(...labels: string[]): SkillRoot[] {
  return labels.map(name => ({ name, skillsDir: `/roots/${name}` }));
}

const layered = chain("ROOT", "PROJECT", "USER");
const free = chain("team", "ROOT", "mine");
const nobody = () => false;
const everybody = () => true;

function member(roots: readonly SkillRoot[], name: string): SkillRoot {
  const root = roots.find(candidate => candidate.name === name);
  assert.ok(root);
  return root;
}

test("a chain is layered when PROJECT or USER stands beside ROOT", () => {
  for (const labels of [
    ["ROOT", "USER"],
    ["ROOT", "PROJECT"],
    [" root", "User "],
    ["USER", "x", "ROOT"],
  ]) {
    assert.equal(policy.isLayered(chain(...labels)), true, labels.join());
  }
  for (const labels of [[], ["ROOT"], ["PROJECT", "USER"], ["ROOT", "team"], ["ROOT", "ROOT"]]) {
    assert.equal(policy.isLayered(chain(...labels)), false, labels.join());
  }
});

const chains: [labels: string[], problem: RegExp | undefined][] = [
  [[], undefined],
  [["anything"], undefined],
  [["ROOT"], undefined],
  [["USER", "PROJECT"], undefined],
  [["b", "a", "b"], undefined],
  [["ROOT", "team"], undefined],
  [["ROOT", "PROJECT", "USER"], undefined],
  [["ROOT", "USER"], undefined],
  [["Root", "project", " user "], undefined],
  [["PROJECT", "ROOT"], /must be ordered ROOT, PROJECT, USER/],
  [["ROOT", "USER", "PROJECT"], /must be ordered ROOT, PROJECT, USER/],
  [["ROOT", "USER", "user"], /skill root USER is declared twice/],
  [["ROOT", "ROOT", "PROJECT"], /skill root ROOT is declared twice/],
  [["ROOT", "team", "USER"], /unsupported skill root "team": a chain of layers has ROOT, PROJECT, USER only/],
];

for (const [labels, problem] of chains) {
  test(`a chain of ${labels.join(", ") || "nothing"} is ${problem ? "refused" : "fine"}`, () => {
    const found = policy.chainProblem(chain(...labels));
    if (problem === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", problem);
  });
}

const actions: policy.LifecycleAction[] = ["install", "update", "uninstall", "enable", "disable"];

for (const action of actions) {
  test(`${action} in ROOT of a layered chain is for the system plane`, () => {
    const root = member(layered, "ROOT");
    const operation = { action, skillId: "demo", root };
    assert.match(
      policy.operationProblem({ ...operation, plane: "skills" }, layered, new Set()) ?? "",
      new RegExp(`skill root ROOT is controlled by the system: ${action} is for the system plane`),
    );
    assert.equal(policy.operationProblem({ ...operation, plane: "system" }, layered, new Set()), undefined);
  });

  test(`${action} of a protected skill is for the system plane, in every root`, () => {
    for (const root of [member(layered, "USER"), member(free, "mine")]) {
      const roots = layered.includes(root) ? layered : free;
      const operation = { action, skillId: "demo", root };
      const isProtected = new Set(["demo"]);
      assert.match(
        policy.operationProblem({ ...operation, plane: "skills" }, roots, isProtected) ?? "",
        new RegExp(`skill demo is protected: ${action} is for the system plane`),
      );
      assert.equal(policy.operationProblem({ ...operation, plane: "system" }, roots, isProtected), undefined);
    }
  });
}

test("every root of a free chain is writable from the skills plane, one named ROOT too", () => {
  for (const roots of [free, chain("ROOT"), chain("PROJECT", "USER")]) {
    for (const root of roots) {
      const operation = { plane: "skills", action: "install", skillId: "demo", root } as const;
      assert.equal(policy.operationProblem(operation, roots, new Set()), undefined);
    }
  }
});

test("an id that is none is refused on every plane", () => {
  for (const plane of ["skills", "system"] as const) {
    const operation = { plane, action: "install", skillId: "../x", root: member(layered, "USER") } as const;
    assert.match(
      policy.operationProblem(operation, layered, new Set()) ?? "",
      /skill id must match .*"\.\.\/x"/,
    );
  }
});

test("delegated tools act on the skills plane, the host on the system plane", () => {
  assert.equal(policy.planeOf("delegated_tool"), "skills");
  assert.equal(policy.planeOf("system"), "system");
});

test("delegated tools do not see ROOT of a layered chain", () => {
  assert.equal(policy.isVisibleTo("delegated_tool", layered, "ROOT"), false);
  assert.equal(policy.isVisibleTo("delegated_tool", layered, "USER"), true);
  assert.equal(policy.isVisibleTo("system", layered, "ROOT"), true);
  assert.equal(policy.isVisibleTo("delegated_tool", free, "ROOT"), true);
});

test("a target is a member of the chain", () => {
  assert.equal(policy.targetRoot(layered, " user ").root, layered[2]);
  assert.equal(policy.targetRoot(free, "mine").root, free[2]);
  assert.match(
    policy.targetRoot(free, "MINE").problem ?? "",
    /there is no skill root "MINE" in the chain \(team, ROOT, mine\)/,
  );
  assert.match(policy.targetRoot(chain("ROOT", "USER"), "PROJECT").problem ?? "", /no skill root "PROJECT"/);
});

const installRoots: [labels: string[], plane: policy.Plane, existing: string[], root: string | RegExp][] = [
  [["ROOT", "PROJECT", "USER"], "skills", [], "USER"],
  [["ROOT", "PROJECT"], "skills", ["ROOT"], "PROJECT"],
  [["ROOT", "PROJECT", "USER"], "system", ["USER"], "ROOT"],
  [["a", "b", "c"], "skills", ["a", "b"], "b"],
  [["a", "b", "c"], "system", ["a"], "a"],
  [["a", "b"], "skills", [], "b"],
  [["ROOT"], "skills", ["ROOT"], "ROOT"],
  [[], "skills", [], /load one first/],
];

for (const [labels, plane, existing, expected] of installRoots) {
  const there = existing.length > 0 ? ` where ${existing.join(", ")} exist` : "";
  test(`an install on the ${plane} plane of ${labels.join(", ") || "no roots"}${there} goes to ${expected}`, () => {
    const found = policy.defaultInstallRoot(chain(...labels), plane, ({ name }) => existing.includes(name));
    if (typeof expected === "string") assert.equal(found.root?.name, expected);
    else assert.match(found.problem ?? "", expected);
  });
}

test("what ROOT of a layered chain declares is not installed below it, whoever asks", () => {
  const operation = { action: "install", skillId: "demo", root: member(layered, "USER") } as const;
  assert.match(
    policy.shadowedTargetProblem(operation, layered, ({ name }) => name === "ROOT") ?? "",
    /skill demo is managed by skill root ROOT: install in USER is possible once it is removed there/,
  );
});

test("a skill is not installed where a copy in a higher root would hide it", () => {
  const operation = { action: "update", skillId: "demo", root: member(layered, "USER") } as const;
  assert.match(
    policy.shadowedTargetProblem(operation, layered, ({ name }) => name === "PROJECT") ?? "",
    /skill demo in skill root USER would be hidden by the copy in PROJECT/,
  );
  assert.equal(
    policy.shadowedTargetProblem(operation, layered, ({ name }) => name === "USER"),
    undefined,
  );
  const top = { action: "install", skillId: "demo", root: member(layered, "ROOT") } as const;
  assert.equal(policy.shadowedTargetProblem(top, layered, everybody), undefined);
  const mine = { action: "install", skillId: "demo", root: member(free, "mine") } as const;
  assert.match(policy.shadowedTargetProblem(mine, free, everybody) ?? "", /hidden by the copy in team/);
  assert.equal(policy.shadowedTargetProblem(mine, free, nobody), undefined);
});

test("a layered chain shows its skills the layers they may change", () => {
  assert.deepEqual(policy.summarizeLayers(layered, true, nobody), {
    default: "USER",
    writable: true,
    labels: ["PROJECT", "USER"],
    layers: [
      { label: "PROJECT", writable: true, description: "skills of the current project" },
      { label: "USER", writable: true, description: "skills of the user, available in every project" },
    ],
  });
  const {
    default: fallback,
    writable,
    layers,
  } = policy.summarizeLayers(chain("ROOT", "PROJECT"), false, nobody);
  assert.deepEqual([fallback, writable, layers[0]?.writable], ["PROJECT", false, false]);
});

test("a free chain shows its skills every root once", () => {
  const { default: fallback, labels } = policy.summarizeLayers(chain("a", "b", "a"), true, everybody);
  assert.deepEqual([fallback, labels], ["a", ["a", "b"]]);
  assert.deepEqual(policy.summarizeLayers([], true, nobody), { writable: true, labels: [], layers: [] });
});

const inputs: [input: unknown, namesRoot: boolean][] = [
  [{ layer: "ROOT" }, true],
  [{ target_root: " root " }, true],
  [{ "Target-Layer": "Root" }, true],
  [{ rootName: "ROOT" }, true],
  [{ target_root_name: "ROOT" }, true],
  [{ root: { name: "ROOT" } }, true],
  [{ root: { label: "root", path: "/x" } }, true],
  [{ target: { layer: { root_name: "ROOT" } } }, true],
  [[{ a: [{ deep: { root: "ROOT" } }] }], true],
  [{ layer: "USER" }, false],
  [{ name: "ROOT" }, false],
  [{ skill_id: "root" }, false],
  [{ root: { path: "ROOT" } }, false],
  [{ root: "ROOTS" }, false],
  [{ root: 0 }, false],
  ["ROOT", false],
  [null, false],
  [undefined, false],
  [[], false],
];

for (const [input, expected] of inputs) {
  test(`a request of ${JSON.stringify(input)} ${expected ? "names" : "does not name"} ROOT`, () => {
    assert.equal(policy.namesRootLayer(input), expected);
  });
}
