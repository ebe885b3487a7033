import { queryOptions } from "@tanstack/react-query";
import { api, unwrap, type Answer } from "@/api/client";
import { setServerTime } from "@/lib/clock";
import type { LiveEvent } from "@/lib/live/messages";
import { withNews } from "./news";

export type Overview = Answer<"/api/overview">;
export type Stage = Overview["stages"][number];
export type NeedsYou = Overview["needs_you"][number];
export type Budget = Overview["budget"][number];
export type ThroughputPoint = Overview["throughput"][number];
export type Agent = Answer<"/api/agents">["agents"][number];
export type Post = Answer<"/api/posts">["items"][number];
export type ReviewItem = Answer<"/api/review">["items"][number];
export type Video = Answer<"/api/videos">["items"][number];

const POSTS_READ = 12;
const REVIEW_READ = 12;
const VIDEOS_READ = 24;
const SKIPPED_READ = 2;
const EVENTS_READ = 40;

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: async ({ signal }) => {
    const overview = await unwrap(api.GET("/api/overview", { signal }));
    setServerTime(overview.now);
    return overview;
  },
});

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: async ({ signal }): Promise<Agent[]> => {
    const askedAt = performance.now();
    const { agents } = await unwrap(api.GET("/api/agents", { signal }));
    return agents.map((agent) => withNews(agent, askedAt));
  },
});

export const postsQuery = queryOptions({
  queryKey: ["posts"],
  queryFn: async ({ signal }): Promise<Post[]> => {
    const page = await unwrap(api.GET("/api/posts", { signal, params: { query: { limit: POSTS_READ } } }));
    return page.items;
  },
});

/** Posts that a person can settle here; other questions are asked once for all posts, in the overview. */
export const reviewQuery = queryOptions({
  queryKey: ["review"],
  queryFn: async ({ signal }): Promise<ReviewItem[]> => {
    const page = await unwrap(api.GET("/api/review", { signal, params: { query: { limit: REVIEW_READ } } }));
    return page.items.filter(({ actions }) => actions.includes("answer_live") || actions.includes("retry"));
  },
});

/** Those between being found and being scheduled, and the last ones left out. */
export const videosQuery = queryOptions({
  queryKey: ["videos"],
  queryFn: async ({ signal }) => {
    const read = (status: Video["processing_status"][], limit: number) =>
      unwrap(api.GET("/api/videos", { signal, params: { query: { status, limit } } }));
    const [moving, waiting, skipped] = await Promise.all([
      read(["downloading", "processing"], VIDEOS_READ),
      read(["found", "downloaded", "review", "ready"], VIDEOS_READ),
      read(["skipped"], SKIPPED_READ),
    ]);
    return { moving: moving.items, waiting: waiting.items, skipped: skipped.items };
  },
});

/** What happened before the page was opened, newest first; progress in between is left out by its level. */
export async function readLatestEvents(): Promise<LiveEvent[]> {
  const query = { level: ["info" as const, "warning" as const, "error" as const], limit: EVENTS_READ };
  const page = await unwrap(api.GET("/api/logs", { params: { query } }));
  return page.items as unknown as LiveEvent[]; // a log line is the event and its level; OpenAPI leaves its payload open
}
