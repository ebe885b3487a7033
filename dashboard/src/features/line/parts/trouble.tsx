import { ApiProblem } from "@/api/client";
import { formatClock } from "@/lib/format";
import { Icon } from "@/ui/icon";
import { Prose } from "@/ui/prose";

/** Reposter does not answer, or refuses. `knownAt` is when the shown data came, 0 if none did. */
export function Trouble({ error, knownAt }: { error: Error; knownAt: number }) {
  const isRefusal = error instanceof ApiProblem;
  const message = isRefusal ? error.message : "Reposter does not answer.";
  const hint = isRefusal ? error.hint : "Is it running? `reposter up` starts it. This page tries again by itself.";
  return (
    <div role="alert" className="flex items-start gap-3 rounded-card border border-bad/50 bg-surface px-4 py-3">
      <Icon name="alert" className="mt-0.5 size-4 text-bad" />
      <p className="text-ink-2">
        <strong className="font-medium text-ink">{message}</strong>{" "}
        {knownAt > 0 && <>What you see is from {formatClock(knownAt)}. </>}
        {hint && <Prose text={hint} />}
      </p>
    </div>
  );
}
