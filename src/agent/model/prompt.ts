// The messages of a conversation as the AI SDK takes them.

import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3TextPart,
} from "@ai-sdk/provider";
import type { MediaContent } from "../media.js";
import type { AssistantMessage, Message, ToolMessage, UserMessage } from "../messages.js";
import type { ToolNames } from "./tool-names.js";

type UserPart = LanguageModelV3TextPart | LanguageModelV3FilePart;

/** What the protocol has a place for; of other files the model reads the name. */
const sendable = /^(image\/.+|audio\/(wav|mp3|mpeg)|application\/pdf|text\/.+)$/;

/**
 * What a model thought goes back to it only within the turn: providers refuse or ignore it later.
 *
 * Media of tools come in a message of the user after the results, as the protocol has no place for them in a result.
 */
export function promptOf(
  messages: readonly Message[],
  media: ReadonlyMap<string, MediaContent>,
  names: ToolNames,
): LanguageModelV3Prompt {
  const prompt: LanguageModelV3Prompt = [];
  const turnStart = messages.findLastIndex(message => message.role === "user");
  messages.forEach((message, at) => {
    switch (message.role) {
      case "system":
        prompt.push({ role: "system", content: message.content });
        break;
      case "user":
        prompt.push(userMessage(message, media));
        break;
      case "assistant":
        prompt.push(...assistantMessage(message, at > turnStart, names));
        break;
      default:
        prompt.push(toolMessage(message, names));
        if (messages[at + 1]?.role !== "tool") prompt.push(...mediaOfTools(messages, at, media));
    }
  });
  return prompt;
}

function userMessage({ content, media: refs = [] }: UserMessage, media: ReadonlyMap<string, MediaContent>) {
  const parts: UserPart[] = refs.map(ref => mediaPart(ref, media));
  if (content !== "" || parts.length === 0) parts.unshift({ type: "text", text: content });
  return { role: "user" as const, content: parts };
}

/** None of a message that says nothing, which providers refuse. */
function assistantMessage(
  { content, reasoning, toolCalls = [] }: AssistantMessage,
  inTurn: boolean,
  names: ToolNames,
): LanguageModelV3Message[] {
  if (content === "" && toolCalls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: [
        ...(inTurn && reasoning ? [{ type: "reasoning" as const, text: reasoning }] : []),
        ...(content === "" ? [] : [{ type: "text" as const, text: content }]),
        ...toolCalls.map(call => ({
          type: "tool-call" as const,
          toolCallId: call.id,
          toolName: names.toProvider(call.name),
          input: call.arguments,
        })),
      ],
    },
  ];
}

function toolMessage(message: ToolMessage, names: ToolNames): LanguageModelV3Message {
  return {
    role: "tool",
    content: [
      {
        type: "tool-result",
        toolCallId: message.toolCallId,
        toolName: names.toProvider(message.toolName),
        output: { type: message.isError === true ? "error-text" : "text", value: message.content },
      },
    ],
  };
}

/** @param last index of the last result of a batch */
function mediaOfTools(
  messages: readonly Message[],
  last: number,
  media: ReadonlyMap<string, MediaContent>,
): LanguageModelV3Message[] {
  const first = messages.findLastIndex((message, at) => at < last && message.role !== "tool") + 1;
  const refs = messages
    .slice(first, last + 1)
    .flatMap(message => (message.role === "tool" ? (message.media ?? []) : []));
  if (refs.length === 0) return [];
  const text = { type: "text" as const, text: "[What the tools above have put out as files:]" };
  return [{ role: "user", content: [text, ...refs.map(ref => mediaPart(ref, media))] }];
}

function mediaPart(ref: string, media: ReadonlyMap<string, MediaContent>): UserPart {
  const content = media.get(ref) ?? parseDataUrl(ref);
  if (content === undefined) return { type: "text", text: `[media ${ref} is not available]` };
  const { data, contentType, filename } = content;
  if (!sendable.test(contentType)) {
    return { type: "text", text: `[file${filename === undefined ? "" : ` ${filename}`}, ${contentType}]` };
  }
  return { type: "file", data, mediaType: contentType, ...(filename === undefined ? {} : { filename }) };
}

function parseDataUrl(ref: string): MediaContent | undefined {
  const [, contentType, base64, data] = /^data:([^;,]+)?[^,]*?(;base64)?,(.*)$/s.exec(ref) ?? [];
  if (data === undefined) return undefined;
  const bytes = base64 === undefined ? Buffer.from(decodeURIComponent(data)) : Buffer.from(data, "base64");
  return { data: bytes, contentType: contentType ?? "text/plain" };
}
