import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { overviewQuery } from "@/features/line/queries";
import { timeZone } from "@/lib/format";
import { Mark } from "@/ui/mark";
import { LiveBadge } from "./live-badge";
import { ThemeSwitch } from "./theme-switch";

/** What surrounds every page: the top bar, the page, the small print. */
export function Shell() {
  const { data: overview } = useQuery(overviewQuery);
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-ink focus:px-3 focus:py-2 focus:text-canvas"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-canvas">
        <div className="mx-auto flex h-13 max-w-[88rem] items-center gap-3 px-4 md:px-6">
          <Link to="/" className="flex items-center gap-2 rounded-md">
            <Mark className="size-7" />
            <span className="text-base font-semibold tracking-tight">Reposter</span>
          </Link>
          <LiveBadge />
          {overview?.demo && (
            <span className="truncate rounded-full border border-dashed border-line-strong px-2 py-0.5 text-xs text-ink-2" title="A made-up TikTok: nothing real is read or posted.">
              pretend world
            </span>
          )}
          <div className="ml-auto flex items-center gap-4">
            <span className="hidden text-xs text-ink-3 md:inline">
              Times in <span className="num text-ink-2">{timeZone}</span>
            </span>
            <div className="hidden sm:block">
              <ThemeSwitch />
            </div>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto max-w-[88rem] px-4 py-5 outline-none md:px-6">
        <Outlet />
      </main>
      <footer className="mx-auto flex max-w-[88rem] flex-wrap items-center gap-x-4 gap-y-2 px-4 pb-24 text-xs text-ink-3 md:px-6 md:pb-6">
        <span>
          Reposter <span className="num">{overview?.version}</span>
        </span>
        <span className="md:hidden">
          Times in <span className="num">{timeZone}</span>
        </span>
        <span>This page loads nothing from other machines.</span>
        <div className="sm:hidden">
          <ThemeSwitch />
        </div>
      </footer>
    </>
  );
}
