import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath, URL } from "node:url";
import { defineConfig } from "vite";

const api = process.env.REPOSTER_API ?? "http://127.0.0.1:8484";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: process.env.REPOSTER_WEB_OUT ?? "../src/reposter/api/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // nothing inlined: the page's CSP allows files of our own only, and fonts stay cacheable
    reportCompressedSize: false,
    license: { fileName: "licenses.md" }, // MIT, ISC and OFL ask for their notices beside what is shipped
  },
  server: { port: 5173, proxy: { "/api": { target: api, ws: true } } },
});
