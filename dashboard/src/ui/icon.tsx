const PATHS = {
  alert: "M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.1",
  check: "m3.5 8.5 3 3 6-7",
  clock: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM8 5v3.2l2 1.3",
  cross: "m4.5 4.5 7 7m0-7-7 7",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z",
  film: "M3 2.5h10v11H3zM3 6h10M3 10h10M5.5 2.5V6m5-3.5V6m-5 4v3.5m5-3.5v3.5",
  hand: "M8 2.5 13.5 8 8 13.5 2.5 8 8 2.5ZM8 5.5v3M8 10.6v.1",
  key: "M10.5 2.5a3 3 0 1 1-2.2 5L3 12.8V14h2v-1.4h1.4V11h1.4l1.3-1.5M10.8 5.2v.1",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z",
  out: "M6.5 3.5h-3v9h9v-3M9.5 2.8h3.7v3.7M13 3 7.5 8.5",
  pause: "M6 4v8m4-8v8",
  pulse: "M1.5 8.5h3l2-5 3 9 2-4h3",
  send: "M13.5 2.5 7 9M13.5 2.5 9.3 13.5 7 9 2.5 6.7l11-4.2Z",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.5v1.2m0 10.6v1.2m6.5-6.5h-1.2M2.7 8H1.5m11.1-4.6-.9.9m-7.4 7.4-.9.9m9.2 0-.9-.9M4.3 4.3l-.9-.9",
  system: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9",
  users: "M6 3.5a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4ZM2 13c.3-2.2 1.9-3.4 4-3.4s3.7 1.2 4 3.4M10.5 3.7a2.1 2.1 0 0 1 0 4M11.8 9.8c1.3.4 2.1 1.5 2.2 3.2",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside words; it is never the only bearer of a meaning. */
export function Icon({ name, className = "size-4" }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
