import { Link, type ErrorComponentProps } from "@tanstack/react-router";

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <div className="py-16 text-center">
      <h1 className="text-2xl font-semibold tracking-tight">There is no such page</h1>
      <p className="mt-2 text-ink-2">
        <Link to="/" className="underline underline-offset-2">
          Back to the line
        </Link>
      </p>
    </div>
  );
}

/** The page itself failed; the line goes on without it. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <div role="alert" className="py-16 text-center">
      <h1 className="text-2xl font-semibold tracking-tight">This page broke</h1>
      <p className="mt-2 text-ink-2">The line goes on without it. What happened: {error instanceof Error ? error.message : String(error)}</p>
      <button type="button" onClick={reset} className="mt-4 rounded-md bg-ink px-3 py-1.5 font-medium text-canvas">
        Try again
      </button>
    </div>
  );
}
