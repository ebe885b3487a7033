import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLiveStatus } from "@/lib/live/socket";
import { useLiveLine } from "./live";
import { Activity } from "./parts/activity";
import { Agents } from "./parts/agents";
import { FirstSteps } from "./parts/first-steps";
import { Headline } from "./parts/headline";
import { JumpBar } from "./parts/jump-bar";
import { NeedsYouList, questionsBeside } from "./parts/needs-you";
import { Posts } from "./parts/posts";
import { Stations } from "./parts/stations";
import { Throughput } from "./parts/throughput";
import { Today } from "./parts/today";
import { Trouble } from "./parts/trouble";
import { Works } from "./parts/works";
import { agentsQuery, overviewQuery, postsQuery, reviewQuery, videosQuery } from "./queries";
import { isEmptyLine } from "./stations";

const POLL_MS_LIVE = 30_000; // a second look, should an event have been missed
const POLL_MS_IN_TROUBLE = 5000; // no socket, or the last answer was none

/** The line at a glance: what moves, what waits, what needs a person. */
export function LinePage() {
  useLiveLine();
  const isLive = useLiveStatus() === "live";
  const refetchInterval = (query: { state: { status: string } }) =>
    isLive && query.state.status !== "error" ? POLL_MS_LIVE : POLL_MS_IN_TROUBLE;
  const overview = useQuery({ ...overviewQuery, refetchInterval });
  const agents = useQuery({ ...agentsQuery, refetchInterval });
  const posts = useQuery({ ...postsQuery, refetchInterval });
  const videos = useQuery({ ...videosQuery, refetchInterval });
  const review = useQuery({ ...reviewQuery, refetchInterval });
  const { data } = overview;
  const waitingPosts = review.data ?? [];
  const questions = questionsBeside(data?.needs_you ?? [], waitingPosts);
  const waitingForYou = questions.length + waitingPosts.length;

  useEffect(() => {
    document.title = waitingForYou > 0 ? `(${waitingForYou}) Reposter` : "Reposter";
  }, [waitingForYou]);

  const failure = overview.error ?? agents.error ?? posts.error ?? review.error ?? videos.error;
  const isFresh = data !== undefined && isEmptyLine(data.stages);

  return (
    <div className="flex flex-col gap-4">
      {failure && <Trouble error={failure} knownAt={overview.dataUpdatedAt} />}
      <Headline overview={data} agents={agents.data} posts={posts.data} />
      {data && <NeedsYouList items={questions} posts={waitingPosts} />}
      <Stations stages={data?.stages} agents={agents.data} needsYou={waitingForYou > 0} />
      {isFresh && <FirstSteps />}
      <div className="grid items-stretch gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(19rem,24rem)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Works videos={videos.data} />
          <Posts posts={posts.data} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Agents agents={agents.data} />
          <Today overview={data} />
          {!isFresh && <Throughput points={data?.throughput} />}
          <Activity videos={videos.data && [...videos.data.moving, ...videos.data.waiting]} posts={posts.data} />
        </div>
      </div>
      <JumpBar waitingForYou={waitingForYou} />
    </div>
  );
}
