import { useId, type ReactNode } from "react";
import { cn } from "@/lib/cn";

interface PanelProps {
  title: string;
  /** Target of the jump bar. */
  id?: string;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, id, aside, className, children }: PanelProps) {
  const headingId = useId();
  return (
    <section id={id} aria-labelledby={headingId} className={cn("card flex min-w-0 flex-col overflow-hidden", className)}>
      <header className="flex min-h-11 shrink-0 items-center justify-between gap-3 border-b border-line px-4">
        <h2 id={headingId} className="text-base font-semibold tracking-tight">
          {title}
        </h2>
        {aside && <div className="text-xs text-ink-3">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
