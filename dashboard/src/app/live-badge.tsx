import { useLiveStatus, type LiveStatus } from "@/lib/live/socket";
import { cn } from "@/lib/cn";
import { Dot } from "@/ui/chip";

const TITLES: Record<LiveStatus, string> = {
  connecting: "Connecting to Reposter",
  live: "Changes appear as they happen",
  reconnecting: "The connection broke; it is taken up again where it ended",
  offline: "No connection; the page asks every 5 seconds instead",
};

export function LiveBadge() {
  const status = useLiveStatus();
  const isLive = status === "live";
  return (
    <span
      role="status"
      title={TITLES[status]}
      className={cn(
        "flex items-center gap-1 rounded-full border px-2 py-0.5 text-xs",
        isLive ? "border-line text-ink-2" : "border-warn/50 text-warn",
      )}
    >
      <Dot tone={isLive ? "signal" : "warn"} isHollow={!isLive} />
      {status}
    </span>
  );
}
