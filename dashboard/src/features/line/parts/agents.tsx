import { memo } from "react";
import { useNow } from "@/lib/clock";
import { formatPercent, formatSpan } from "@/lib/format";
import { Bar } from "@/ui/bar";
import { Chip, type Tone } from "@/ui/chip";
import { Empty, Waiting } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import type { Agent } from "../queries";

const TONES: Record<string, Tone> = { active: "quiet", idle: "quiet", stopped: "bad", restarting: "warn" };
const SILENT_AFTER_MS = 60_000; // agents beat every few seconds

export function Agents({ agents }: { agents: Agent[] | undefined }) {
  const now = useNow();
  const working = agents?.filter(isWorking).length ?? 0;
  return (
    <Panel title="Agents" id="agents" aside={agents && agents.length > 0 ? `${working} of ${agents.length} at work` : undefined}>
      {!agents && <Waiting rows={4} />}
      {agents?.length === 0 && <Empty title="No agent is running" next="Start them with `reposter up`." />}
      <ul>
        {agents?.map((agent) => (
          <AgentRow key={agent.agentId} agent={agent} silentMs={findSilence(agent, now)} />
        ))}
      </ul>
    </Panel>
  );
}

const AgentRow = memo(function AgentRow({ agent, silentMs }: { agent: Agent; silentMs: number }) {
  const { agentId, status, currentTask, progress, restarts } = agent;
  const isMeasured = status === "active" && progress !== null;
  return (
    <li data-agent={agentId} className="border-b border-line px-4 py-2.5 last:border-0">
      <div className="flex items-center justify-between gap-3">
        <span className="num truncate text-xs">{agentId}</span>
        <span className="flex items-center gap-2">
          {restarts > 0 && <span className="text-xs text-ink-3">{restarts === 1 ? "1 restart" : `${restarts} restarts`}</span>}
          {silentMs > 0 ? (
            <Chip tone="warn" icon="alert">{`silent for ${formatSpan(silentMs)}`}</Chip>
          ) : (
            <Chip tone={isWorking(agent) ? "signal" : (TONES[status] ?? "quiet")} isHollow={status === "idle"}>
              {status}
            </Chip>
          )}
        </span>
      </div>
      {(currentTask || isMeasured) && (
        <div className="mt-0.5 flex items-baseline justify-between gap-3">
          <span className="truncate text-ink-2" title={currentTask ?? undefined}>
            {currentTask}
          </span>
          {isMeasured && <span className="shrink-0 text-xs tabular-nums text-ink-2">{formatPercent(progress)}</span>}
        </div>
      )}
      {isMeasured && <Bar share={progress} label={`${agentId}: progress`} className="mt-1.5" />}
    </li>
  );
});

const isWorking = ({ status, currentTask, progress }: Agent): boolean =>
  status === "active" && (currentTask !== null || progress !== null);

/** Rounded down to whole minutes, so that a silent agent's row is drawn anew once a minute and the others never. */
function findSilence(agent: Agent, now: number): number {
  const silence = now - Date.parse(agent.beat_at);
  if (agent.status === "stopped" || silence < SILENT_AFTER_MS) return 0;
  return Math.floor(silence / 60_000) * 60_000;
}
