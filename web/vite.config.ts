import { rm } from "node:fs/promises";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The type check puts its compiled tests beside the site, so only the assets of the build before are cleared away. */
function clearAssets(): Plugin {
  return {
    name: "clear-assets",
    apply: "build",
    buildStart: () => rm(new URL("dist/assets", import.meta.url), { recursive: true, force: true }),
  };
}

export default defineConfig({
  base: "/",
  plugins: [react(), clearAssets()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    // Nothing becomes a data: URL: the content security policy then needs no exception for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
