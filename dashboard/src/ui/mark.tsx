/** Our own mark: an R standing on the line, its next station lit. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} fill="none" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d="M3 23h26" stroke="var(--line-strong)" strokeWidth="2" />
      <path d="M9 23V8h6.6a4.7 4.7 0 0 1 0 9.4H9m6.9 0L20.2 23" stroke="var(--ink)" strokeWidth="2.8" />
      <circle cx="26" cy="23" r="3.6" fill="var(--signal)" />
    </svg>
  );
}
