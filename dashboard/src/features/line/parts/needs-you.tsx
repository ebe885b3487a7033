import { useNow } from "@/lib/clock";
import { formatAgo } from "@/lib/format";
import { Icon, type IconName } from "@/ui/icon";
import { Prose } from "@/ui/prose";
import type { NeedsYou, ReviewItem } from "../queries";
import { WaitingPost } from "./waiting-post";

const ICONS: Record<string, IconName> = { review: "hand", account: "key", rights: "key", failed: "cross", disk: "trash" };

/** Questions less those that the posts on show ask themselves. */
export const questionsBeside = (items: NeedsYou[], posts: ReviewItem[]): NeedsYou[] =>
  items.filter(({ id }) => !posts.some(({ code, post }) => id.startsWith(`held:${code ?? "None"}:`) && id.endsWith(`:${post.account}`)));

/** What only a person can decide; first on the page, because the line waits for it. */
export function NeedsYouList({ items, posts }: { items: NeedsYou[]; posts: ReviewItem[] }) {
  const now = useNow();
  const count = items.length + posts.length;
  if (count === 0) {
    return (
      <p id="needs-you" className="flex items-center gap-1.5 text-ink-3">
        <Icon name="check" className="size-3.5 text-ok" />
        Nothing needs you.
      </p>
    );
  }
  return (
    <section id="needs-you" aria-labelledby="needs-you-title" className="overflow-hidden rounded-card border border-warn/40 bg-warn-soft">
      <h2 id="needs-you-title" className="flex items-center gap-2 px-4 pt-3 text-base font-semibold tracking-tight">
        Needs you <span className="text-sm font-medium tabular-nums text-warn">{count}</span>
      </h2>
      <ul className="grid lg:grid-cols-2">
        {posts.map((item) => (
          <WaitingPost key={item.post.id} item={item} />
        ))}
        {items.map((item) => (
          <li key={item.id} className="grid grid-cols-[1rem_1fr] gap-x-3 px-4 py-3">
            <Icon name={ICONS[item.kind] ?? "alert"} className="mt-0.5 size-4 text-warn" />
            <div className="min-w-0">
              <div className="flex items-baseline justify-between gap-3">
                <h3 className="font-medium text-ink">{item.title}</h3>
                <time dateTime={item.at} className="shrink-0 text-xs tabular-nums text-ink-2">
                  {formatAgo(item.at, now)}
                </time>
              </div>
              <p className="text-ink-2">{item.detail}</p>
              <p className="mt-1 text-ink-2">
                <Prose text={item.hint} />
                {isOpenable(item.href) && (
                  <a href={item.href} rel="noreferrer" className="ml-2 font-medium text-ink underline underline-offset-2">
                    Open
                  </a>
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Only whole web addresses: there is no other page in here to lead to yet, and nothing else may run. */
const isOpenable = (href: string | null | undefined): href is string => !!href && /^https?:\/\//.test(href);
