import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A decision of a person. `isMain` is the one that the words before it lead to. */
export function Button({ isMain = false, className, ...rest }: ComponentProps<"button"> & { isMain?: boolean }) {
  return (
    <button
      type="button"
      className={cn(
        "min-h-7 rounded-md border px-2.5 py-1 text-xs font-medium disabled:cursor-default disabled:opacity-50",
        isMain ? "border-ink bg-ink text-canvas hover:bg-ink-2" : "border-line-strong bg-surface text-ink hover:bg-sunken",
        className,
      )}
      {...rest}
    />
  );
}
