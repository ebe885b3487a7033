import { memo } from "react";
import { formatDuration, formatPercent, formatSpan } from "@/lib/format";
import type { VideoProgress } from "@/lib/live/messages";
import { Bar } from "@/ui/bar";
import { Empty, Waiting } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import { Thumbnail } from "@/ui/thumbnail";
import { videoNews } from "../news";
import type { Video } from "../queries";
import { nameStep, nameVideoState } from "../words";

const MOVING_SHOWN = 12;
const WAITING_SHOWN = 9;

export interface WorksProps {
  videos: { moving: Video[]; waiting: Video[]; skipped: Video[] } | undefined;
}

/** The videos between being found and being scheduled: large while they move, small while they wait. */
export function Works({ videos }: WorksProps) {
  const news = videoNews.use();
  if (!videos) {
    return (
      <Panel title="In the works" id="works">
        <Waiting rows={4} />
      </Panel>
    );
  }
  const { moving, waiting, skipped } = videos;
  const isEmpty = moving.length + waiting.length === 0;
  return (
    <Panel title="In the works" id="works" aside={!isEmpty && `${moving.length} moving, ${waiting.length} waiting`}>
      {isEmpty && (
        <Empty title="No video is in the works" next="Add one of your own accounts: `reposter source add @name --rights own`" />
      )}
      {moving.length > 0 && (
        <ul aria-label="Moving" className="grid gap-4 p-4 sm:grid-cols-[repeat(auto-fill,minmax(7.5rem,1fr))]">
          {moving.slice(0, MOVING_SHOWN).map((video) => (
            <MovingVideo key={video.videoId} video={video} news={news.get(video.videoId)} />
          ))}
        </ul>
      )}
      {waiting.length > 0 && (
        <ul
          aria-label="Waiting"
          className="grid gap-x-4 gap-y-3 border-t border-line p-4 first-of-type:border-0 sm:grid-cols-[repeat(auto-fill,minmax(14rem,1fr))]"
        >
          {waiting.slice(0, WAITING_SHOWN).map((video) => (
            <WaitingVideo key={video.videoId} video={video} />
          ))}
        </ul>
      )}
      {skipped.length > 0 && (
        <ul aria-label="Left out" className="border-t border-line px-4 py-2.5 text-xs text-ink-3">
          {skipped.map((video) => (
            <li key={video.videoId} className="truncate" title={video.skip?.sentence}>
              <span className="text-ink-2">{video.title}.</span> Left out: {video.skip?.sentence}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const MovingVideo = memo(function MovingVideo({ video, news }: { video: Video; news: VideoProgress | undefined }) {
  const { title, author, processing_status, duration } = video;
  const step = news?.step ?? null;
  const progress = news?.progress ?? null;
  const eta = news?.eta_seconds ?? null;
  return (
    <li data-video={video.videoId} className="flex min-w-0 items-center gap-3 sm:flex-col sm:items-stretch sm:gap-2">
      <div className="relative">
        <Thumbnail url={video.thumbnail_url} className="h-16 w-12 sm:aspect-[3/4] sm:h-auto sm:w-full" />
        {duration != null && (
          <span className="absolute right-1.5 bottom-1.5 hidden rounded-sm bg-black/70 px-1 text-2xs tabular-nums text-white sm:block">
            {formatDuration(duration)}
          </span>
        )}
      </div>
      <div className="min-w-0 flex-1">
        <h3 className="truncate font-medium" title={title}>
          {title}
        </h3>
        <p className="truncate text-xs text-ink-3">{author}</p>
        <p className="mt-1 truncate text-xs text-ink-2" title={news?.sentence || undefined}>
          {step ? nameStep(step) : nameVideoState(processing_status)}
        </p>
        <Bar share={progress} label={`${title}: progress`} className="mt-1" />
        <p className="mt-1 flex min-h-4 justify-between gap-2 text-xs tabular-nums text-ink-3">
          <span>{progress === null ? "" : formatPercent(progress)}</span>
          {eta !== null && <span>{formatSpan(eta * 1000)} left</span>}
        </p>
      </div>
    </li>
  );
});

const WaitingVideo = memo(function WaitingVideo({ video }: { video: Video }) {
  return (
    <li data-video={video.videoId} className="flex min-w-0 items-center gap-3">
      <Thumbnail url={video.thumbnail_url} className="h-12 w-9" />
      <div className="min-w-0">
        <h3 className="truncate" title={video.title}>
          {video.title}
        </h3>
        <p className="truncate text-xs text-ink-3">{nameVideoState(video.processing_status)}</p>
      </div>
    </li>
  );
});
