import type { LiveEvent } from "@/lib/live/messages";
import { createStore } from "@/lib/store";
import { tellEvent } from "./words";

const FEED_LENGTH = 40;

const feed = createStore<readonly LiveEvent[]>([]);
export const useFeed = feed.use;

export function rememberInFeed(event: LiveEvent): void {
  feed.set(addToFeed(feed.get(), event));
}

export const emptyFeed = (): void => feed.set([]);

/** Events of before, newest first, under those that came meanwhile. */
export function fillFeed(past: LiveEvent[]): void {
  const known = new Set(feed.get().map((event) => event.seq));
  const all = [...feed.get(), ...past.filter((event) => !known.has(event.seq))].sort((one, other) => one.seq - other.seq);
  feed.set(all.reduce(addToFeed, [] as readonly LiveEvent[]));
}

/** Newest first. Of what goes on (a video's work, an agent's task) only the last word is kept, else it would drown the rest. */
export function addToFeed(events: readonly LiveEvent[], event: LiveEvent): readonly LiveEvent[] {
  const { about, text } = tellEvent(event);
  const previous = about === null ? undefined : events.find((other) => tellEvent(other).about === about);
  const isRunning = "step" in event.payload && event.payload.status === "running";
  const saysNothingNew = isRunning || (previous && tellEvent(previous).text === text);
  if (previous && saysNothingNew) return events;
  return [event, ...events.filter((other) => other !== previous)].slice(0, FEED_LENGTH);
}
