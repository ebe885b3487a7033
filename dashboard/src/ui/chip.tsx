import { cn } from "@/lib/cn";
import { Icon, type IconName } from "@/ui/icon";

export type Tone = "signal" | "ok" | "warn" | "bad" | "quiet";

const TEXT: Record<Tone, string> = {
  signal: "text-signal-ink",
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
  quiet: "text-ink-3",
};

interface ChipProps {
  tone: Tone;
  /** A dot, where there is none. */
  icon?: IconName;
  isHollow?: boolean;
  children: string;
}

/** A state in a word and a shape; the colour only repeats it. */
export function Chip({ tone, icon, isHollow, children }: ChipProps) {
  return (
    <span className={cn("inline-flex items-center gap-1 text-xs whitespace-nowrap", TEXT[tone])}>
      {icon ? <Icon name={icon} className="size-3.5" /> : <Dot tone={tone} isHollow={isHollow} />}
      {children}
    </span>
  );
}

export function Dot({ tone, isHollow = false }: { tone: Tone; isHollow?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cn(
        "mx-0.5 size-2 shrink-0 rounded-full border-[1.5px] border-current",
        TEXT[tone],
        !isHollow && "bg-current",
        tone === "signal" && "is-breathing",
      )}
    />
  );
}
