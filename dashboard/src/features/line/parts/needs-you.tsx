import { useNow } from "@/lib/clock";
import { formatAgo } from "@/lib/format";
import { Icon, type IconName } from "@/ui/icon";
import { Prose } from "@/ui/prose";
import type { NeedsYou } from "../queries";

const ICONS: Record<string, IconName> = { review: "hand", account: "key", rights: "key", failed: "cross", disk: "trash" };

/** What only a person can decide; first on the page, because the line waits for it. */
export function NeedsYouList({ items }: { items: NeedsYou[] }) {
  const now = useNow();
  if (items.length === 0) {
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
        Needs you <span className="text-sm font-medium tabular-nums text-warn">{items.length}</span>
      </h2>
      <ul className="grid lg:grid-cols-2">
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
