import { useState } from "react";
import { formatClock } from "@/lib/format";
import { Waiting } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import type { ThroughputPoint } from "../queries";

const LABEL_EVERY = 6;

/** Hour by hour, two bars each, on a scale they share. The newest hour is still running, hence in the live colour. */
export function Throughput({ points }: { points: ThroughputPoint[] | undefined }) {
  const [pointed, setPointed] = useState<number | null>(null);
  const top = niceTop(points ?? []);
  const read = points?.[pointed ?? -1];
  return (
    <Panel title="Throughput" id="throughput" aside={read ? readOut(read) : <Legend />}>
      {!points && <Waiting rows={3} />}
      {points && (
        <div className="px-4 pt-4 pb-3" onPointerLeave={() => setPointed(null)}>
          <div className="grid grid-cols-[1.5rem_1fr] gap-x-2">
            <div className="num flex flex-col justify-between text-right text-2xs leading-none text-ink-3" aria-hidden="true">
              <span>{top}</span>
              <span>{top / 2}</span>
              <span>0</span>
            </div>
            <svg className="h-36 w-full overflow-visible" role="img" aria-label={summarise(points)}>
              {[0, 50, 100].map((y) => (
                <line key={y} x1="0" x2="100%" y1={`${y}%`} y2={`${y}%`} stroke="var(--line)" />
              ))}
              {points.map((point, index) => (
                <Hour
                  key={point.at}
                  point={point}
                  top={top}
                  left={(100 / points.length) * index}
                  width={100 / points.length}
                  isNow={index === points.length - 1}
                  isDimmed={pointed !== null && pointed !== index}
                  onPoint={() => setPointed(index)}
                />
              ))}
            </svg>
            <div className="num col-start-2 mt-1.5 grid text-2xs text-ink-3" style={{ gridTemplateColumns: `repeat(${points.length}, 1fr)` }} aria-hidden="true">
              {points.map((point, index) => (
                <span key={point.at} className="w-0 whitespace-nowrap">
                  {index % LABEL_EVERY === 0 ? formatClock(point.at) : ""}
                </span>
              ))}
            </div>
          </div>
        </div>
      )}
    </Panel>
  );
}

interface HourProps {
  point: ThroughputPoint;
  /** The scale's end; `left` and `width` are percent of the chart. */
  top: number;
  left: number;
  width: number;
  isNow: boolean;
  isDimmed: boolean;
  onPoint: () => void;
}

function Hour({ point, top, left, width, isNow, isDimmed, onPoint }: HourProps) {
  const bar = (count: number, offset: number, fill: string) => (
    <rect
      x={`${left + width * offset}%`}
      width={`${width * 0.32}%`}
      y={`${100 - (count / top) * 100}%`}
      height={`${(count / top) * 100}%`}
      rx="1.5"
      fill={fill}
    />
  );
  return (
    <g opacity={isDimmed ? 0.4 : 1} onPointerEnter={onPoint}>
      <rect x={`${left}%`} width={`${width}%`} y="0" height="100%" fill="transparent" />
      {bar(point.processed, 0.14, isNow ? "var(--signal)" : "var(--data)")}
      {bar(point.published, 0.5, isNow ? "var(--signal-ink)" : "var(--ink)")}
    </g>
  );
}

function Legend() {
  return (
    <span className="flex items-center gap-3">
      <span className="flex items-center gap-1.5">
        <span className="size-2 rounded-xs bg-data" aria-hidden="true" /> processed
      </span>
      <span className="flex items-center gap-1.5">
        <span className="size-2 rounded-xs bg-ink" aria-hidden="true" /> published
      </span>
    </span>
  );
}

const readOut = (point: ThroughputPoint): string =>
  `${formatClock(point.at)} · ${point.processed} processed · ${point.published} published`;

function summarise(points: ThroughputPoint[]): string {
  const processed = points.reduce((sum, point) => sum + point.processed, 0);
  const published = points.reduce((sum, point) => sum + point.published, 0);
  return `Over the last ${points.length} hours ${processed} videos were processed and ${published} posts published.`;
}

/** The next even number that holds every bar, at least 4. */
function niceTop(points: ThroughputPoint[]): number {
  const highest = Math.max(4, ...points.map((point) => Math.max(point.processed, point.published)));
  return Math.ceil(highest / 2) * 2;
}
