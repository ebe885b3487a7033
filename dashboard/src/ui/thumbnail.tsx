import { useState } from "react";
import { cn } from "@/lib/cn";
import { Icon } from "@/ui/icon";

/** A still of a video; the words beside it name it, so it has no text of its own. */
export function Thumbnail({ url, className }: { url: string | null | undefined; className?: string }) {
  const [missing, setMissing] = useState<string | null>(null);
  return (
    <div className={cn("shrink-0 overflow-hidden rounded-md bg-sunken", className)}>
      {url && url !== missing ? (
        <img src={url} alt="" loading="lazy" decoding="async" className="size-full object-cover" onError={() => setMissing(url)} />
      ) : (
        <div className="grid size-full place-items-center text-ink-3">
          <Icon name="film" />
        </div>
      )}
    </div>
  );
}
