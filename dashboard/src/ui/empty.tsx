import { Prose } from "@/ui/prose";

/** Nothing here yet, and what to do about it. */
export function Empty({ title, next }: { title: string; next: string }) {
  return (
    <div className="flex flex-1 flex-col justify-center gap-1 px-4 py-8 text-center">
      <p className="font-medium text-ink-2">{title}</p>
      <p className="text-ink-3">
        <Prose text={next} />
      </p>
    </div>
  );
}

/** Holds the place of what is being fetched. */
export function Waiting({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-4 p-4">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-8 rounded bg-sunken" />
      ))}
    </div>
  );
}
