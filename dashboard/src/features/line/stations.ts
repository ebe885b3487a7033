import type { Agent, Stage } from "./queries";

/** Which agent's work moves which station. Review and the schedule wait by nature; failed things lie still. */
const WORKED_BY: Partial<Record<Stage["key"], Agent["role"]>> = {
  found: "scraper",
  downloading: "scraper",
  processing: "processing",
  publishing: "publisher",
};
const ARRIVAL_SHOWN_MS = 8000;

/** The stations where something happens right now. */
export function findMoving(stages: Stage[], agents: Agent[], msSincePublished: number): Set<Stage["key"]> {
  const moving = new Set<Stage["key"]>();
  for (const { key, count } of stages) {
    const role = WORKED_BY[key];
    const isWorkedOn = agents.some((agent) => agent.role === role && agent.status === "active");
    const hasWork = count > 0 || key === "found"; // a scraper looks for what is not there yet
    if (role && isWorkedOn && hasWork) moving.add(key);
  }
  if (msSincePublished < ARRIVAL_SHOWN_MS) moving.add("published");
  return moving;
}

export const isEmptyLine = (stages: Stage[]): boolean => stages.every((stage) => stage.count === 0);
