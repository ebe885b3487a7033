import { useNow } from "@/lib/clock";
import { formatCount, formatSpan } from "@/lib/format";
import { cn } from "@/lib/cn";
import { lastPublishedAt } from "../news";
import type { Agent, Stage } from "../queries";
import { findMoving } from "../stations";
import "./stations.css";

type StationState = "empty" | "waiting" | "moving" | "yours" | "failed" | "done";

interface StationsProps {
  stages: Stage[] | undefined;
  agents: Agent[] | undefined;
  /** Whether a person is asked for anything; what waits for review may also go on by itself. */
  needsYou: boolean;
}

/** The line itself: how much is at each station, for how long, and where something moves right now. */
export function Stations({ stages, agents = [], needsYou }: StationsProps) {
  const now = useNow();
  const publishedAt = lastPublishedAt.use();
  if (!stages) return <div className="card h-36" role="status" aria-label="Loading the line" />;
  const moving = findMoving(stages, agents, Date.now() - publishedAt);
  return (
    <section id="line" aria-label="The line" className="card px-4 py-3 md:px-5 md:pt-4 md:pb-4">
      <ol className="grid md:grid-cols-8">
        {stages.map((stage, index) => {
          const state = judge(stage, moving, needsYou);
          return (
            <li key={stage.key} className="station" data-key={stage.key} data-state={state}>
              {index < stages.length - 1 && <span className="station-rail" aria-hidden="true" />}
              <span className="station-node" aria-hidden="true" />
              <div className={cn("station-count figure", stage.count === 0 && "text-ink-3")}>{formatCount(stage.count)}</div>
              {state === "moving" && <div className="station-word text-xs font-medium text-signal-ink">now</div>}
              {state === "yours" && <div className="station-word text-xs font-medium text-warn">your turn</div>}
              <div className="station-label truncate font-medium">{stage.label}</div>
              <div className="station-age truncate text-xs tabular-nums text-ink-3">{describeAge(stage, now)}</div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function judge({ key, count }: Stage, moving: Set<Stage["key"]>, needsYou: boolean): StationState {
  if (moving.has(key)) return "moving";
  if (count === 0) return "empty";
  if (key === "failed") return "failed";
  if (key === "review" && needsYou) return "yours";
  return key === "published" ? "done" : "waiting";
}

function describeAge(stage: Stage, now: number): string {
  if (stage.count === 0) return "none";
  if (stage.oldest_at !== null) return `oldest ${formatSpan(now - Date.parse(stage.oldest_at))}`;
  return stage.key === "published" ? "in all" : "";
}
