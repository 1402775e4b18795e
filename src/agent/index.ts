// luaskills/agent: turns of a model with tools, hooks, steering and sub-turns.

export type { AgentProfile } from "./agents.js";
export { type Clock, systemClock } from "./clock.js";
export { type ContextPolicyOptions, defaultContextPolicy } from "./context/compaction.js";
export type {
  CompactionReason,
  CompactionRequest,
  ContextParts,
  ContextPolicy,
} from "./context/context-policy.js";
export { AgentError, type AgentErrorCode } from "./errors.js";
export type { BusStats, EventBus, PublishReport } from "./events/bus.js";
export type {
  AgentEvent,
  AgentEventHead,
  AgentEventKind,
  AgentEventPayloads,
  EndStatus,
  Severity,
  ToolEndStatus,
} from "./events/event.js";
export { eventKinds } from "./events/filter.js";
export type {
  BackPressure,
  EventHandler,
  SubscribeOptions,
  SubscriberStats,
  Subscription,
} from "./events/subscription.js";
export type {
  AfterModelDecision,
  AfterModelRequest,
  AfterToolDecision,
  AfterToolRequest,
  ApprovalDecision,
  ApproveToolRequest,
  BeforeModelDecision,
  BeforeModelRequest,
  BeforeToolDecision,
  BeforeToolRequest,
  Hook,
  HookContext,
  HookMeta,
  HookStage,
  HookTimeouts,
} from "./hooks/hook.js";
export { type ProcessHookOptions, processHook } from "./hooks/process-hook.js";
export { type SkillHookOptions, skillHook } from "./hooks/skill-hook.js";
export type { RunInput, TurnProfile } from "./input.js";
export { defaultLimits, type Limits } from "./limits.js";
export { AgentLoop, type EventListener, type StopReport } from "./loop.js";
export { type MediaContent, type MediaStore, MemoryMediaStore } from "./media.js";
export type {
  AssistantMessage,
  Message,
  SystemMessage,
  ToolCall,
  ToolMessage,
  UserMessage,
} from "./messages.js";
export type { ModelChoice, ModelEndpoint } from "./model/endpoint.js";
export { type ModelOptions, modelFromOptions, type PortSettings } from "./model/model-from-options.js";
export {
  type ModelCall,
  type ModelDelta,
  ModelError,
  type ModelErrorKind,
  type ModelPort,
  type ModelRequest,
  type ModelResponse,
  type ModelRetry,
  type ModelSettings,
  type ModelUsage,
  type ToolDefinition,
} from "./model-port.js";
export type { AgentOptions } from "./options.js";
export type { MediaPart, OutboundMedia, OutboundText, OutputOrigin, OutputPort } from "./output.js";
export type {
  Compaction,
  SessionHistory,
  SessionStore,
  TurnLog,
  TurnStart,
  TurnSummary,
} from "./session-store.js";
export { MemorySessionStore } from "./sessions/memory-session-store.js";
export { SqliteSessionStore } from "./sessions/sqlite-session-store.js";
export type {
  Orphan,
  SubTurnHandle,
  SubTurnRequest,
  SubTurnResult,
  SubTurnStatus,
} from "./subturns/sub-turn.js";
export { subTurnTools } from "./subturns/sub-turn-tools.js";
export { type DiscoveryOptions, discoveryTools } from "./tools/discovery-tools.js";
export { type FunctionTool, type FunctionTools, functionTools } from "./tools/function-tools.js";
export { type McpClient, type McpToolOptions, type McpToolSource, mcpTools } from "./tools/mcp-tools.js";
export { type SkillToolOptions, skillTools } from "./tools/skill-tools.js";
export type {
  ToolContext,
  ToolDescription,
  ToolDiscovery,
  ToolOrigin,
  ToolResult,
  ToolSource,
} from "./tools/tool.js";
export type { TurnOutcome } from "./turn/coordinator.js";
export type { Texts } from "./turn/services.js";
export type { SteeringMode } from "./turn/steering-queue.js";
export type { TurnInfo, TurnPhase } from "./turn/turn-info.js";
