import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "@/app/router";
import { live } from "@/lib/live/socket";
import { watchSystemTheme } from "@/lib/theme";
import "@/ui/base.css";

const queries = new QueryClient({ defaultOptions: { queries: { staleTime: 5000, retry: 1 } } });

live.start();
watchSystemTheme();

const host = document.getElementById("root");
if (host === null) throw new Error("index.html has no #root");
createRoot(host).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
