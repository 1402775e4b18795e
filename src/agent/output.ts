// What the user sees beside the reply of `run`: text and media of tools while the turn goes on, streamed pieces of answers,
// and the replies of turns that nobody called for (follow-ups).

import type { ModelDelta } from "./model-port.js";

/** Where an output belongs. */
export interface OutputOrigin {
  agentId: string;
  sessionKey: string;
  turnId: string;
  channel: string;
  chatId: string;
  replyToMessageId?: string;
  /** As given to `run`. */
  scope?: Readonly<Record<string, string>>;
}

export interface OutboundText extends OutputOrigin {
  /** `tool`: a result's forUser; `feedback`: which tool runs; `reply`: of a turn that nobody awaits; `notice`: about the turn itself. */
  kind: "tool" | "feedback" | "reply" | "notice";
  content: string;
}

export interface OutboundMedia extends OutputOrigin {
  parts: MediaPart[];
}

export interface MediaPart {
  ref: string;
  filename?: string;
  contentType?: string;
  type: "image" | "audio" | "video" | "file";
}

/** Each member may be absent. What they throw never fails a turn, except for `sendMedia`, whose failure the model is told. */
export interface OutputPort {
  text?(message: OutboundText): void | Promise<void>;
  /** Resolves when the media are with the user. */
  sendMedia?(message: OutboundMedia): Promise<void>;
  /** Takes media that are delivered some time. Used when there is no `sendMedia`. */
  queueMedia?(message: OutboundMedia): void | Promise<void>;
  /** A piece of an answer. Given: answers are streamed. */
  delta?(origin: OutputOrigin, delta: ModelDelta): void;
}
