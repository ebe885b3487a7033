/** What comes over /api/events. OpenAPI does not describe sockets, so the shapes are written by hand (vocabulary/events.py). */

export interface AgentChange {
  agentId: string;
  status: "active" | "idle" | "stopped" | "restarting";
  currentTask: string | null;
  progress: number | null;
}

export interface VideoProgress {
  videoId: string;
  step: string;
  status?: "started" | "running" | "done" | "skipped" | "failed";
  progress: number | null;
  eta_seconds: number | null;
  sentence?: string;
}

/** An event of the log: numbered, dated, never lost. The payload's shape goes with the type. */
export interface LiveEvent {
  seq: number;
  type: string;
  at: string;
  payload: Record<string, unknown>;
}

/** The state of something as it is now; not in the log, so without a number. */
export interface StateMessage {
  type: "AGENT_STATUS_UPDATE";
  payload: AgentChange;
}

export interface Hello {
  type: "hello";
  seq: number;
}

export type ServerMessage = Hello | StateMessage | LiveEvent;

export const isHello = (message: ServerMessage): message is Hello => message.type === "hello";
export const isEvent = (message: ServerMessage): message is LiveEvent => "seq" in message && "payload" in message;

export function parseMessage(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    const isMessage = typeof message === "object" && message !== null && "type" in message;
    return isMessage ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}
