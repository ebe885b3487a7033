import { useQueryClient, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect } from "react";
import type { AgentChange, LiveEvent, StateMessage, VideoProgress } from "@/lib/live/messages";
import { live } from "@/lib/live/socket";
import { emptyFeed, fillFeed, rememberInFeed } from "./feed";
import { lastPublishedAt, mergeAgent, rememberAgent, rememberVideo } from "./news";
import { agentsQuery, overviewQuery, postsQuery, readLatestEvents, reviewQuery, videosQuery } from "./queries";

const REFETCH_DELAY_MS = 400; // a burst of events asks once

/** Keeps the page at what the socket says: small changes are written in place, larger ones fetched anew. */
export function useLiveLine(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const refetch = refetchSoon(queries);
    const stopListening = live.subscribe((message) => {
      if ("seq" in message) rememberInFeed(message);
      apply(queries, message, refetch);
    });
    const stopConnecting = live.subscribeToConnect((isAnotherLog) => {
      if (isAnotherLog) emptyFeed();
      void queries.invalidateQueries();
      // A feed without its past is no reason to complain; the page says elsewhere when Reposter does not answer.
      readLatestEvents().then(fillFeed, () => undefined);
    });
    return () => {
      stopListening();
      stopConnecting();
    };
  }, [queries]);
}

type Refetch = (...keys: QueryKey[]) => void;

function apply(queries: QueryClient, message: LiveEvent | StateMessage, refetch: Refetch): void {
  switch (message.type) {
    case "AGENT_STATUS_UPDATE":
    case "agent.status.changed":
      return changeAgent(queries, message.payload, refetch);
    case "video.processing.progress":
      return changeVideo(queries, message.payload, refetch);
    case "post.published":
      lastPublishedAt.set(Date.now());
      return refetch(overviewQuery.queryKey, postsQuery.queryKey);
    case "queue.updated":
      return refetch(overviewQuery.queryKey, postsQuery.queryKey, reviewQuery.queryKey, videosQuery.queryKey);
    case "error.occurred":
      return refetch(overviewQuery.queryKey, postsQuery.queryKey, videosQuery.queryKey);
    case "storage.cleanup":
      return refetch(overviewQuery.queryKey);
  }
}

function changeAgent(queries: QueryClient, change: AgentChange, refetch: Refetch): void {
  rememberAgent(change);
  const agents = queries.getQueryData(agentsQuery.queryKey);
  if (!agents?.some((agent) => agent.agentId === change.agentId)) return refetch(agentsQuery.queryKey);
  queries.setQueryData(
    agentsQuery.queryKey,
    agents.map((agent) => (agent.agentId === change.agentId ? mergeAgent(agent, change) : agent)),
  );
}

/** A step that began or ended may have brought the video to another station; one that runs has not. */
function changeVideo(queries: QueryClient, change: VideoProgress, refetch: Refetch): void {
  rememberVideo(change);
  const isKnown = queries.getQueryData(videosQuery.queryKey)?.moving.some((video) => video.videoId === change.videoId);
  if (!isKnown || change.status !== "running") refetch(overviewQuery.queryKey, videosQuery.queryKey);
}

function refetchSoon(queries: QueryClient): Refetch {
  const waiting = new Map<string, QueryKey>();
  let timer = 0;
  return (...keys) => {
    for (const key of keys) waiting.set(JSON.stringify(key), key);
    if (timer !== 0) return;
    timer = window.setTimeout(() => {
      timer = 0;
      for (const queryKey of waiting.values()) void queries.invalidateQueries({ queryKey });
      waiting.clear();
    }, REFETCH_DELAY_MS);
  };
}
