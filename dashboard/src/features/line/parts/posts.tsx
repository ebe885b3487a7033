import { useNow } from "@/lib/clock";
import { formatCount, formatIn, formatMoment } from "@/lib/format";
import { Chip } from "@/ui/chip";
import { Empty, Waiting } from "@/ui/empty";
import { Icon } from "@/ui/icon";
import { Panel } from "@/ui/panel";
import { Thumbnail } from "@/ui/thumbnail";
import type { Post } from "../queries";
import { namePostState } from "../words";

export function Posts({ posts }: { posts: Post[] | undefined }) {
  const now = useNow();
  return (
    <Panel title="Posts" id="posts" aside="latest and next" className={posts && posts.length > 0 ? "grow" : undefined}>
      {!posts && <Waiting rows={5} />}
      {posts?.length === 0 && (
        <Empty title="No post yet" next="Connect the account to post on: `reposter account connect @name`" />
      )}
      <ul>
        {posts?.map((post) => (
          <PostRow key={post.id} post={post} now={now} />
        ))}
      </ul>
    </Panel>
  );
}

function PostRow({ post, now }: { post: Post; now: number }) {
  const state = namePostState(post.status);
  const text = post.caption || post.title;
  return (
    <li
      data-post={post.id}
      className="relative grid grid-cols-[2.25rem_minmax(0,1fr)_auto] items-center gap-x-3 border-b border-line px-4 py-2 last:border-0 sm:grid-cols-[2.25rem_minmax(0,1fr)_5.5rem_4.5rem_1.5rem]"
    >
      <Thumbnail url={post.thumbnail_url} className="h-12 w-9" />
      <div className="min-w-0">
        <h3 className="line-clamp-2 font-medium sm:line-clamp-1" title={text}>
          {post.post_url ? <TikTokLink url={post.post_url}>{text}</TikTokLink> : text}
        </h3>
        <p className="truncate text-xs text-ink-3">
          <span className="text-ink-2">{post.account}</span> · <Moment post={post} now={now} />
        </p>
        {post.reason && <p className="truncate text-xs text-ink-2" title={post.reason}>{post.reason}</p>}
      </div>
      <div className="flex flex-col items-end gap-0.5 sm:items-start">
        <Chip tone={state.tone} icon={state.icon}>
          {state.word}
        </Chip>
        {post.metrics && <span className="text-xs tabular-nums text-ink-3 sm:hidden">{formatCount(post.metrics.views)} views</span>}
      </div>
      <div className="hidden justify-self-end text-xs tabular-nums text-ink-2 sm:block">
        {post.metrics && (
          <span className="inline-flex items-center gap-1.5">
            <Icon name="eye" className="size-3.5 text-ink-3" />
            <span className="sr-only">views</span>
            {formatCount(post.metrics.views)}
          </span>
        )}
      </div>
      <div className="hidden justify-self-end text-ink-3 sm:block">{post.post_url && <Icon name="out" />}</div>
    </li>
  );
}

/** Takes the whole row as its target. */
function TikTokLink({ url, children }: { url: string; children: string }) {
  return (
    <a href={url} target="_blank" rel="noreferrer" className="underline-offset-2 after:absolute after:inset-0 hover:underline">
      {children}
      <span className="sr-only"> (opens TikTok)</span>
    </a>
  );
}

function Moment({ post, now }: { post: Post; now: number }) {
  const at = post.published_at ?? post.scheduled_time;
  const isToCome = post.published_at === null && Date.parse(at) > now;
  return (
    <time dateTime={at} className="tabular-nums">
      {formatMoment(at, now)}
      {isToCome && `, ${formatIn(at, now)}`}
    </time>
  );
}
