import { cn } from "@/lib/cn";

export type BarTone = "signal" | "ink" | "warn";

const FILL: Record<BarTone, string> = { signal: "bg-signal", ink: "bg-ink-2", warn: "bg-warn" };

interface BarProps {
  /** 0 to 1; null where work goes on and nobody can say how far it is. */
  share: number | null;
  label: string;
  /** What the share means in words, for those who hear it. */
  text?: string;
  tone?: BarTone;
  className?: string;
}

/** Work under way (`signal`) or a budget's use (`ink`, and `warn` when it is spent). */
export function Bar({ share, label, text, tone = "signal", className }: BarProps) {
  const percent = share === null ? null : Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      role={tone === "signal" ? "progressbar" : "meter"}
      aria-label={label}
      aria-valuenow={percent ?? undefined}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={text}
      className={cn("h-1 overflow-hidden rounded-full bg-line", className)}
    >
      <div
        className={cn("h-full rounded-full transition-[width] duration-500", FILL[tone], percent === null && "is-breathing opacity-60")}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}
