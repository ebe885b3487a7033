import type { AgentChange, VideoProgress } from "@/lib/live/messages";
import { createStore } from "@/lib/store";
import type { Agent } from "./queries";

/** When this page last saw a post go out, on this computer's clock; 0 for never. */
export const lastPublishedAt = createStore(0);

/** How far each video is, as the socket told last. */
export const videoNews = createStore<ReadonlyMap<string, VideoProgress>>(new Map());

export function rememberVideo(change: VideoProgress): void {
  videoNews.set(new Map(videoNews.get()).set(change.videoId, change));
}

const agentNews = new Map<string, { change: AgentChange; toldAt: number }>();

export function rememberAgent(change: AgentChange): void {
  agentNews.set(change.agentId, { change, toldAt: performance.now() });
}

/** An answer asked for before the news came is older than the news. */
export function withNews(agent: Agent, askedAt: number): Agent {
  const news = agentNews.get(agent.agentId);
  return news && news.toldAt >= askedAt ? mergeAgent(agent, news.change) : agent;
}

export function mergeAgent(agent: Agent, { status, currentTask, progress }: AgentChange): Agent {
  return { ...agent, status, currentTask: currentTask ?? null, progress: progress ?? null, beat_at: new Date().toISOString() };
}
