// What providers of the OpenAI chat-completions protocol demand of a request. The scripted server refuses what breaks it, as
// they do, so that a test need not look at the history itself.

export interface ChatToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  content?: string | null | { type: string; text?: string }[];
  tool_calls?: ChatToolCall[];
  tool_call_id?: string;
}

export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools?: { type: "function"; function: { name: string; description?: string; parameters?: unknown } }[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  max_tokens?: number;
  temperature?: number;
}

const functionName = /^[a-zA-Z0-9_-]{1,64}$/;

/** What is wrong with the request; empty when a provider takes it. */
export function requestProblems(request: ChatRequest): string[] {
  const problems: string[] = [];
  if (typeof request.model !== "string" || request.model === "") problems.push("model is missing");
  if (!Array.isArray(request.messages) || request.messages.length === 0)
    return [...problems, "messages is empty"];
  problems.push(...historyProblems(request.messages), ...toolProblems(request));
  return problems;
}

/** What is wrong with the order and the shape of the messages. */
export function historyProblems(messages: readonly ChatMessage[]): string[] {
  const problems: string[] = [];
  /** Ids of the calls of the last assistant message that have no answer yet, in their order. */
  let open: string[] = [];
  let conversation = false;
  messages.forEach((message, at) => {
    const where = `messages[${at}] (${message.role})`;
    if (message.role !== "tool" && open.length > 0) {
      problems.push(`${where}: comes before the answers to the calls ${open.join(", ")}`);
      open = [];
    }
    if (message.role === "system") {
      if (conversation) problems.push(`${where}: only the first messages may be of the system`);
      return;
    }
    conversation = true;
    if (message.role === "user" && isEmpty(message.content)) problems.push(`${where}: is empty`);
    if (message.role === "assistant") {
      problems.push(...assistantProblems(message).map(problem => `${where}: ${problem}`));
      open = (message.tool_calls ?? []).map(call => call.id);
    }
    if (message.role !== "tool") return;
    const id = message.tool_call_id ?? "";
    if (!open.includes(id)) problems.push(`${where}: answers ${id}, which is not called or has its answer`);
    else if (open[0] !== id) problems.push(`${where}: answers ${id} before ${open[0]}`);
    if (typeof message.content !== "string" && !Array.isArray(message.content))
      problems.push(`${where}: has no content`);
    open = open.filter(other => other !== id);
  });
  if (open.length > 0) problems.push(`the calls ${open.join(", ")} have no answer`);
  if (messages.at(-1)?.role === "assistant") problems.push("the last message is of the assistant");
  return problems;
}

function assistantProblems({ content, tool_calls: calls = [] }: ChatMessage): string[] {
  const problems: string[] = [];
  if (calls.length === 0 && isEmpty(content)) problems.push("has neither text nor calls");
  if (new Set(calls.map(call => call.id)).size < calls.length) problems.push("two calls have the same id");
  for (const { function: called } of calls) {
    if (!functionName.test(called.name)) problems.push(`calls a function of the name ${called.name}`);
    if (!isJsonObject(called.arguments)) problems.push(`arguments of ${called.name} are no JSON object`);
  }
  return problems;
}

function toolProblems({ tools }: ChatRequest): string[] {
  if (tools === undefined) return [];
  const problems = tools.length === 0 ? ["tools is an empty array"] : [];
  const names = tools.map(tool => tool.function.name);
  if (new Set(names).size < names.length) problems.push("two tools have the same name");
  for (const name of names) if (!functionName.test(name)) problems.push(`a tool has the name ${name}`);
  return problems;
}

function isEmpty(content: ChatMessage["content"]): boolean {
  return content === undefined || content === null || content.length === 0;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
