import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { LinePage } from "@/features/line/page";
import { Shell } from "./shell";
import { Broken, NotFound } from "./stray";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const line = createRoute({ getParentRoute: () => root, path: "/", component: LinePage });

export const router = createRouter({ routeTree: root.addChildren([line]), defaultErrorComponent: Broken });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
