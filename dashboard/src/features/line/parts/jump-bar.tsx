import { Icon, type IconName } from "@/ui/icon";

const TARGETS: readonly (readonly [id: string, label: string, icon: IconName])[] = [
  ["line", "Line", "pulse"],
  ["works", "Works", "film"],
  ["posts", "Posts", "send"],
  ["agents", "Agents", "users"],
  ["today", "Today", "clock"],
];

/** On a phone: to each part of the page, within reach of the thumb. */
export function JumpBar({ waitingForYou }: { waitingForYou: number }) {
  return (
    <nav
      aria-label="Parts of this page"
      className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {TARGETS.map(([id, label, icon]) => (
        <a
          key={id}
          href={`#${id === "line" && waitingForYou > 0 ? "needs-you" : id}`}
          className="relative flex min-h-13 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-ink-2 -outline-offset-2"
        >
          <Icon name={icon} />
          {label}
          {id === "line" && waitingForYou > 0 && (
            <span className="num absolute top-1 left-1/2 ml-2 rounded-full bg-ink px-1 text-2xs leading-4 text-canvas">
              {waitingForYou}
              <span className="sr-only"> need you</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
