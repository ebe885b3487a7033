import { useNow } from "@/lib/clock";
import { formatBytes, formatIn, formatMoment } from "@/lib/format";
import { cn } from "@/lib/cn";
import { Bar } from "@/ui/bar";
import { Waiting } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import type { Budget, Overview } from "../queries";

const TICKS_MAX = 24;
const DISK_TIGHT_SHARE = 0.9;

/** What today allows: the plan, each account's room under TikTok's limits, and the disk. */
export function Today({ overview }: { overview: Overview | undefined }) {
  if (!overview) {
    return (
      <Panel title="Today">
        <Waiting rows={4} />
      </Panel>
    );
  }
  const { posts_published, posts_planned } = overview.today;
  return (
    <Panel title="Today" id="today">
      <div className="flex justify-between gap-4 px-4 pt-3">
        <Figure count={posts_published} text="out in the last 24 h" />
        <Figure count={posts_planned} text="planned for the next" />
      </div>
      <Ticks out={posts_published} planned={posts_planned} />
      {overview.budget.map((budget) => (
        <BudgetRow key={budget.account} budget={budget} />
      ))}
      <DiskRow disk={overview.disk} />
    </Panel>
  );
}

function Figure({ count, text }: { count: number; text: string }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <span className="figure text-[1.75rem] leading-9">{count}</span>
      <span className="text-xs text-ink-3">{text}</span>
    </div>
  );
}

/** One tick a post, past and to come; more than fit are left to the figures above. */
function Ticks({ out, planned }: { out: number; planned: number }) {
  const total = out + planned;
  if (total === 0 || total > TICKS_MAX) return <div className="pb-3" />;
  return (
    <div className="flex gap-1 px-4 pt-1 pb-3.5" aria-hidden="true">
      {Array.from({ length: total }, (_, tick) => (
        <span key={tick} className={cn("h-1.5 flex-1 rounded-full", tick < out ? "bg-ink" : "bg-line")} />
      ))}
    </div>
  );
}

function BudgetRow({ budget }: { budget: Budget }) {
  const now = useNow();
  const { account, posts_last_hour, posts_per_hour, posts_last_day, posts_per_day, next_possible_at } = budget;
  return (
    <div className="border-t border-line px-4 py-3">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="truncate font-medium">{account}</h3>
        {next_possible_at && Date.parse(next_possible_at) > now && (
          <span className="shrink-0 text-xs text-warn">
            full until <span className="tabular-nums">{formatMoment(next_possible_at, now)}</span>, {formatIn(next_possible_at, now)}
          </span>
        )}
      </div>
      <div className="mt-1.5 grid grid-cols-2 gap-4">
        <Allowance account={account} span="hour" used={posts_last_hour} limit={posts_per_hour} />
        <Allowance account={account} span="24 h" used={posts_last_day} limit={posts_per_day} />
      </div>
    </div>
  );
}

function Allowance({ account, span, used, limit }: { account: string; span: string; used: number; limit: number }) {
  const text = `${used} of ${limit}`;
  return (
    <div>
      <div className="flex justify-between text-xs text-ink-3">
        last {span} <span className="tabular-nums text-ink-2">{text}</span>
      </div>
      <Bar
        share={limit > 0 ? used / limit : 1}
        label={`${account}: posts in the last ${span}`}
        text={text}
        tone={used >= limit ? "warn" : "ink"}
        className="mt-1"
      />
    </div>
  );
}

function DiskRow({ disk }: { disk: Overview["disk"] }) {
  const taken = disk.total_bytes > 0 ? 1 - disk.free_bytes / disk.total_bytes : 0;
  const text = `${formatBytes(disk.free_bytes)} free`;
  return (
    <div className="border-t border-line px-4 py-3">
      <div className="flex justify-between gap-3">
        <h3 className="font-medium">Disk</h3>
        <span className="text-xs text-ink-3">
          <span className="tabular-nums text-ink-2">{formatBytes(disk.free_bytes)}</span> free of{" "}
          <span className="tabular-nums">{formatBytes(disk.total_bytes)}</span>
        </span>
      </div>
      <Bar share={taken} label="Disk space in use" text={text} tone={taken > DISK_TIGHT_SHARE ? "warn" : "ink"} className="mt-1.5" />
    </div>
  );
}
