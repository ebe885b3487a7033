import { useId, useState } from "react";
import { ApiProblem } from "@/api/client";
import { useNow } from "@/lib/clock";
import { formatAgo, formatMoment } from "@/lib/format";
import { Button } from "@/ui/button";
import { Icon } from "@/ui/icon";
import { Prose } from "@/ui/prose";
import { usePostAnswer, type PostAnswer } from "../answers";
import type { ReviewItem } from "../queries";

type Evidence = NonNullable<ReviewItem["evidence"]>;
type Question = "live" | "not_live";

/** A post that only a person can settle, with what they can judge it by. */
export function WaitingPost({ item }: { item: ReviewItem }) {
  const now = useNow();
  const { post, evidence, actions } = item;
  const isDoubt = post.status === "review" && actions.includes("answer_live");
  return (
    <li data-review={post.id} className="grid grid-cols-[1rem_1fr] gap-x-3 px-4 py-3">
      <Icon name={item.post.status === "failed" ? "cross" : "eye"} className="mt-0.5 size-4 text-warn" />
      <div className="min-w-0">
        <div className="flex items-baseline justify-between gap-3">
          <h3 className="line-clamp-2 font-medium text-ink">
            {isDoubt ? "Is it live? " : ""}“{post.caption || post.title}” on {post.account}
          </h3>
          <time dateTime={item.since} className="shrink-0 text-xs tabular-nums text-ink-2">
            {formatAgo(item.since, now)}
          </time>
        </div>
        <p className="text-ink-2">{item.what}</p>
        {!isDoubt && <Remedy text={item.remedy} />}
        {evidence && <Facts evidence={evidence} account={post.account} now={now} />}
        <Answers item={item} />
      </div>
    </li>
  );
}

function Remedy({ text }: { text: string }) {
  return (
    <p className="mt-1 text-ink-2">
      <Prose text={text} />
    </p>
  );
}

function Facts({ evidence, account, now }: { evidence: Evidence; account: string; now: number }) {
  return (
    <p className="mt-1 text-ink-2">
      {evidence.sent_at && <>Sent {formatMoment(evidence.sent_at, now)}. </>}
      {evidence.said && (
        <>
          TikTok last said <span className="num text-xs">{evidence.said}</span>.{" "}
        </>
      )}
      <Outside url={evidence.profile_url}>Look at {account}</Outside>
    </p>
  );
}

function Answers({ item }: { item: ReviewItem }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const answer = usePostAnswer(item.post.id);
  const give = (given: PostAnswer) => answer.mutate(given);
  const ask = (asked: Question) => setQuestion(question === asked ? null : asked);
  const may = (action: ReviewItem["actions"][number]) => item.actions.includes(action);
  return (
    <div className="mt-2">
      <fieldset disabled={answer.isPending} className="flex flex-wrap gap-2">
        <legend className="sr-only">What you saw</legend>
        {may("answer_live") && (
          <Button aria-expanded={question === "live"} onClick={() => ask("live")}>
            It is live
          </Button>
        )}
        {may("answer_not_live") && (
          <Button aria-expanded={question === "not_live"} onClick={() => ask("not_live")}>
            It is not there
          </Button>
        )}
        {may("retry") && <Button onClick={() => give({ kind: "retry" })}>Retry</Button>}
        {may("cancel") && <Button onClick={() => give({ kind: "cancel" })}>Cancel</Button>}
      </fieldset>
      {question === "live" && <WhichOne candidates={item.evidence?.candidates ?? []} give={give} />}
      {question === "not_live" && (
        <div className="mt-2 flex flex-wrap items-center gap-2 text-ink-2">
          {item.post.status === "exported" ? (
            <p>It gets another slot, and a new package then.</p>
          ) : (
            <p>It is sent again. Should the first one appear after all, it is there twice.</p>
          )}
          <Button isMain onClick={() => give({ kind: "not_live" })}>
            {item.post.status === "exported" ? "Give it another slot" : "Send it again"}
          </Button>
        </div>
      )}
      {answer.error && <Refusal error={answer.error} />}
    </div>
  );
}

function WhichOne({ candidates, give }: { candidates: Evidence["candidates"]; give: (answer: PostAnswer) => void }) {
  const [link, setLink] = useState("");
  const inputId = useId();
  return (
    <div className="mt-2 flex flex-col gap-2 text-ink-2">
      {candidates.map((candidate) => (
        <div key={candidate.video_id} className="flex flex-wrap items-center gap-2">
          <Outside url={candidate.share_url}>{candidate.description || candidate.video_id}</Outside>
          <Button onClick={() => give({ kind: "live", link: candidate.share_url })}>This is it</Button>
        </div>
      ))}
      <form
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          give({ kind: "live", link });
        }}
      >
        <label htmlFor={inputId}>Its link on TikTok</label>
        <input
          id={inputId}
          type="url"
          required
          maxLength={300}
          value={link}
          onChange={(event) => setLink(event.target.value)}
          className="min-h-7 min-w-0 grow rounded-md border border-line-strong bg-surface px-2 text-xs text-ink"
        />
        <Button type="submit" isMain>
          Mark as live
        </Button>
      </form>
    </div>
  );
}

function Refusal({ error }: { error: Error }) {
  const hint = error instanceof ApiProblem ? error.hint : null;
  return (
    <p role="alert" className="mt-2 text-bad">
      {error.message} {hint && <Prose text={hint} />}
    </p>
  );
}

/** Only whole web addresses: what a server or TikTok says may not run here. */
function Outside({ url, children }: { url: string; children: React.ReactNode }) {
  if (!/^https?:\/\//.test(url)) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer" className="font-medium text-ink underline underline-offset-2">
      {children}
      <span className="sr-only"> (opens TikTok)</span>
    </a>
  );
}
