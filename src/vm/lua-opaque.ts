/** Stands for an argument that cannot cross to JavaScript, so that a host function can say what it got instead. */
export class LuaOpaque {
  /** What Lua's `type` says: "function", "thread", "userdata" or "cdata". */
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }
}
