import type { Answer } from "@/api/client";

/** What comes over /api/events. OpenAPI describes no sockets; the server tells the shapes by a route that answers nothing. */
export type ServerMessage = Answer<"/api/events/shapes">[number];
type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

export type Hello = Of<"hello">;
/** The state of something as it is now; not in the log, so without a number. */
export type StateMessage = Of<"AGENT_STATUS_UPDATE">;
/** An event of the log: numbered, dated, never lost. */
export type LiveEvent = Exclude<ServerMessage, Hello | StateMessage>;
export type EventOf<Type extends LiveEvent["type"]> = Of<Type>["payload"];
export type AgentChange = EventOf<"agent.status.changed">;
export type VideoProgress = EventOf<"video.processing.progress">;

export const isHello = (message: ServerMessage): message is Hello => message.type === "hello";
export const isEvent = (message: ServerMessage): message is LiveEvent => "seq" in message && "payload" in message;

/** Null for what is no message. A type that a newer server has added passes: who reads it has a default. */
export function parseMessage(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    const isMessage = typeof message === "object" && message !== null && "type" in message;
    return isMessage ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}
