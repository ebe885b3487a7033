import { useNow } from "@/lib/clock";
import { formatClock, formatMoment } from "@/lib/format";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import { cn } from "@/lib/cn";
import { useFeed } from "../feed";
import type { Post, Video } from "../queries";
import { tellEvent, type Sentence } from "../words";

const COLOURS: Record<Sentence["tone"], string> = {
  signal: "text-signal-ink",
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
  quiet: "text-ink-3",
};

/** The latest events in plain words. It fills what its column has left, and scrolls in itself. */
export function Activity({ videos = [], posts = [] }: { videos: Video[] | undefined; posts: Post[] | undefined }) {
  const events = useFeed();
  const now = useNow();
  const titles = new Map([
    ...posts.map((post) => [post.video_id, post.title] as const),
    ...videos.map((video) => [video.videoId, video.title] as const),
  ]);
  const entries = events.map((event) => ({ ...event, ...tellEvent(event, (id) => titles.get(id) ?? null) }));
  return (
    <Panel title="Activity" id="activity" className={cn("flex-1", entries.length > 0 && "min-h-80")}>
      {entries.length === 0 ? (
        <Empty title="Nothing has happened yet" next="What the agents do appears here as they do it." />
      ) : (
        <div className="relative min-h-72 flex-1">
          <ul tabIndex={0} aria-label="Latest events" className="absolute inset-0 overflow-y-auto px-4 py-2 -outline-offset-2">
            {entries.map((entry) => (
              <li key={entry.seq} className="grid grid-cols-[1rem_minmax(0,1fr)_auto] gap-x-2.5 py-1.5">
                <Icon name={entry.icon} className={cn("mt-0.5 size-3.5", COLOURS[entry.tone])} />
                <div className="text-ink-2">
                  <p className="break-words">{entry.text}</p>
                  {entry.hint && <p className="text-ink-3">{entry.hint}</p>}
                </div>
                <time dateTime={entry.at} title={formatMoment(entry.at, now)} className="text-xs tabular-nums text-ink-3">
                  {formatClock(entry.at)}
                </time>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}
