import { formatBytes, formatClock } from "@/lib/format";
import type { EventOf, LiveEvent } from "@/lib/live/messages";
import type { Tone } from "@/ui/chip";
import type { IconName } from "@/ui/icon";

export interface Sentence {
  text: string;
  hint: string | null;
  icon: IconName;
  tone: Tone;
  /** What it is about, where a later event about the same replaces it. */
  about: string | null;
}

const STEPS: Record<string, string> = {
  find: "Looking at it",
  download: "Downloading",
  process: "Processing",
  probe: "Reading the file",
  watermark_removal: "Removing the mark",
  quality_enhancement: "Enhancing",
  format_conversion: "Converting",
  thumbnail_generation: "Drawing thumbnails",
  caption: "Writing the caption",
  plan: "Finding a time",
  publish: "Sending",
  verify: "Checking the result",
};

interface PostState {
  word: string;
  tone: Tone;
  icon?: IconName;
  /** What the queue's change to it means, after the video's title. */
  told: (account: string, at: string) => string;
}

const POST_STATES: Record<string, PostState> = {
  posted: { word: "posted", tone: "ok", icon: "check", told: (account) => `is out on ${account}` },
  processing: { word: "sending", tone: "signal", told: (account) => `is being sent to ${account}` },
  queued: { word: "queued", tone: "quiet", icon: "clock", told: (account, at) => `is planned for ${at} on ${account}` },
  review: { word: "needs you", tone: "warn", icon: "hand", told: () => "waits for your look" },
  held: { word: "held", tone: "warn", icon: "pause", told: () => "is held back" },
  failed: { word: "failed", tone: "bad", icon: "cross", told: (account) => `could not be posted on ${account}` },
  cancelled: { word: "cancelled", tone: "quiet", icon: "cross", told: () => "was taken out of the queue" },
};

const VIDEO_STATES: Record<string, string> = {
  found: "Waiting to be downloaded",
  downloading: "Downloading",
  downloaded: "Waiting to be processed",
  processing: "Processing",
  ready: "Ready to be scheduled",
  review: "Waits for your look",
};

/** A name for machines as words: "frame_rate" is "Frame rate". */
export function humanize(name: string): string {
  const words = name.replace(/[._-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const nameStep = (step: string): string => STEPS[step] ?? humanize(step);
export const nameVideoState = (state: string): string => VIDEO_STATES[state] ?? humanize(state);
export const namePostState = (state: string): Omit<PostState, "told"> =>
  POST_STATES[state] ?? { word: humanize(state).toLowerCase(), tone: "quiet" };

type TitleOf = (videoId: string) => string | null;

/** An event in plain words. `titleOf` names a video where the event brings its id alone. */
export function tellEvent(event: LiveEvent, titleOf: TitleOf = () => null): Sentence {
  switch (event.type) {
    case "post.published":
      return say(`${quote(titleOf(event.payload.videoId) ?? event.payload.caption)} is out on ${event.payload.account}`, "send", "ok");
    case "error.occurred":
      return { ...say(event.payload.message, "alert", "bad"), hint: event.payload.hint || null };
    case "agent.status.changed":
      return tellAgent(event.payload);
    case "video.processing.progress":
      return tellVideo(event.payload, titleOf);
    case "queue.updated":
      return tellQueue(event.payload, titleOf);
    case "storage.cleanup":
      return tellCleanup(event.payload);
    default:
      return say(humanize((event as { type: string }).type), "pulse"); // of a newer server
  }
}

function tellAgent({ agentId, status, currentTask }: EventOf<"agent.status.changed">): Sentence {
  const text = status === "active" && currentTask ? `${agentId}: ${lowerFirst(currentTask)}` : `${agentId} is ${status}`;
  return say(text, "pulse", status === "restarting" || status === "stopped" ? "warn" : "quiet", `agent ${agentId}`);
}

function tellVideo({ videoId, step, status, sentence }: EventOf<"video.processing.progress">, titleOf: TitleOf): Sentence {
  const text = `${nameVideo(videoId, titleOf)}: ${lowerFirst(sentence || nameStep(step))}`;
  return say(text, "film", status === "failed" ? "bad" : "quiet", `video ${videoId}`);
}

function tellQueue(payload: EventOf<"queue.updated">, titleOf: TitleOf): Sentence {
  const { scheduledPostId, videoId, account, status, scheduledTime, reason } = payload;
  const state = POST_STATES[status];
  const told = state ? state.told(account, formatClock(scheduledTime)) : `is ${status}`;
  const about = `post ${scheduledPostId}`;
  const sentence = say(`${nameVideo(videoId, titleOf)} ${told}`, state?.icon ?? "send", state?.tone, about);
  return { ...sentence, hint: reason || null };
}

function tellCleanup({ deletedFiles, freedBytes, dryRun }: EventOf<"storage.cleanup">): Sentence {
  const files = deletedFiles === 1 ? "1 file" : `${deletedFiles} files`;
  return say(`Clean-up ${dryRun ? "would delete" : "deleted"} ${files}, ${formatBytes(freedBytes)}`, "trash");
}

function say(text: string, icon: IconName, tone: Tone = "quiet", about: string | null = null): Sentence {
  return { text, icon, tone, about, hint: null };
}

function nameVideo(videoId: string, titleOf: TitleOf): string {
  const title = titleOf(videoId);
  return title ? quote(title) : videoId;
}

const quote = (title: string): string => `“${title}”`;

/** For the middle of a sentence; a name or an abbreviation at its start keeps its capitals. */
const lowerFirst = (text: string): string => (/^[A-Z][a-z]+ing\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);
