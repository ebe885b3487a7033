import { formatBytes, formatClock } from "@/lib/format";
import type { LiveEvent } from "@/lib/live/messages";
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
export function tellEvent({ type, payload }: LiveEvent, titleOf: TitleOf = () => null): Sentence {
  const name = nameVideo(payload, titleOf);
  switch (type) {
    case "post.published":
      return say(`${name} is out on ${word(payload, "account") ?? "TikTok"}`, "send", "ok");
    case "error.occurred":
      return { ...say(word(payload, "message") ?? "Something failed", "alert", "bad"), hint: word(payload, "hint") };
    case "agent.status.changed":
      return tellAgent(payload);
    case "video.processing.progress":
      return tellVideo(payload, name);
    case "queue.updated":
      return tellQueue(payload, name);
    case "storage.cleanup":
      return tellCleanup(payload);
    default:
      return say(word(payload, "message") ?? humanize(type), "pulse");
  }
}

function tellAgent(payload: LiveEvent["payload"]): Sentence {
  const agent = word(payload, "agentId") ?? "An agent";
  const status = word(payload, "status") ?? "changed";
  const task = status === "active" ? word(payload, "currentTask") : null;
  const text = task ? `${agent}: ${lowerFirst(task)}` : `${agent} is ${status}`;
  return say(text, "pulse", status === "restarting" || status === "stopped" ? "warn" : "quiet", `agent ${agent}`);
}

function tellVideo(payload: LiveEvent["payload"], name: string): Sentence {
  const status = word(payload, "status") ?? "running";
  const what = word(payload, "sentence") ?? nameStep(word(payload, "step") ?? "at work");
  const text = `${name}: ${lowerFirst(what)}`;
  return say(text, "film", status === "failed" ? "bad" : "quiet", `video ${word(payload, "videoId")}`);
}

function tellQueue(payload: LiveEvent["payload"], name: string): Sentence {
  const state = POST_STATES[word(payload, "status") ?? ""];
  const at = word(payload, "scheduledTime");
  if (!state) return say("The plan changed", "clock", "quiet", "queue");
  const told = state.told(word(payload, "account") ?? "TikTok", at === null ? "later" : formatClock(at));
  const about = `post ${String(payload.scheduledPostId)}`;
  return { ...say(`${name} ${told}`, state.icon ?? "send", state.tone, about), hint: word(payload, "reason") };
}

function tellCleanup(payload: LiveEvent["payload"]): Sentence {
  const files = number(payload, "deletedFiles");
  const freed = formatBytes(number(payload, "freedBytes"));
  const verb = payload.dryRun === true ? "would delete" : "deleted";
  return say(`Clean-up ${verb} ${files} ${files === 1 ? "file" : "files"}, ${freed}`, "trash");
}

function say(text: string, icon: IconName, tone: Tone = "quiet", about: string | null = null): Sentence {
  return { text, icon, tone, about, hint: null };
}

function nameVideo(payload: LiveEvent["payload"], titleOf: TitleOf): string {
  const videoId = word(payload, "videoId");
  const title = (videoId && titleOf(videoId)) ?? word(payload, "caption");
  return title ? `“${title}”` : (videoId ?? "A video");
}

function word(payload: LiveEvent["payload"], key: string): string | null {
  const value = payload[key];
  return typeof value === "string" && value !== "" ? value : null;
}

function number(payload: LiveEvent["payload"], key: string): number {
  const value = payload[key];
  return typeof value === "number" ? value : 0;
}

/** For the middle of a sentence; a name or an abbreviation at its start keeps its capitals. */
const lowerFirst = (text: string): string => (/^[A-Z][a-z]+ing\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);
