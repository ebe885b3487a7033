import { useNow } from "@/lib/clock";
import { formatIn, formatMoment } from "@/lib/format";
import { lastPublishedAt } from "../news";
import type { Agent, Overview, Post } from "../queries";
import { findMoving, isEmptyLine } from "../stations";

interface HeadlineProps {
  overview: Overview | undefined;
  agents: Agent[] | undefined;
  posts: Post[] | undefined;
}

/** The whole page in one sentence, and the next thing to come in a second one. */
export function Headline({ overview, agents = [], posts = [] }: HeadlineProps) {
  const now = useNow();
  const publishedAt = lastPublishedAt.use();
  if (!overview) return <h1 className="text-2xl font-semibold tracking-tight">The line</h1>;
  const isMoving = findMoving(overview.stages, agents, Date.now() - publishedAt).size > 0;
  const { posts_published, posts_planned } = overview.today;
  const next = findNext(posts, now);
  return (
    <div className="flex flex-col gap-0.5 pt-1">
      <h1 className="text-2xl font-semibold tracking-tight">{nameState(overview, isMoving)}</h1>
      <p className="text-base text-ink-2">
        {tellPosts(posts_published, posts_planned)}
        {next && (
          <>
            {" "}
            Next: <strong className="font-medium text-ink">{formatMoment(next.scheduled_time, now)}</strong> on {next.account},{" "}
            {formatIn(next.scheduled_time, now)}.
          </>
        )}
      </p>
    </div>
  );
}

function nameState(overview: Overview, isMoving: boolean): string {
  if (isMoving) return "The line is moving.";
  return isEmptyLine(overview.stages) ? "The line is empty." : "The line is resting.";
}

/** The server counts 24 hours back and 24 hours ahead. */
function tellPosts(published: number, planned: number): string {
  const out = published === 0 ? "No post went out in the last 24 hours" : `${count(published)} went out in the last 24 hours`;
  return `${out}, ${planned === 0 ? "none is" : `${planned} ${planned === 1 ? "is" : "are"}`} planned for the next.`;
}

const count = (posts: number): string => (posts === 1 ? "1 post" : `${posts} posts`);

function findNext(posts: Post[], now: number): Post | undefined {
  return posts
    .filter((post) => post.status === "queued" && Date.parse(post.scheduled_time) > now)
    .sort((one, other) => Date.parse(one.scheduled_time) - Date.parse(other.scheduled_time))[0];
}
