import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // A folder of its own: the server serves all of it, and the compiled tests lie in dist/ too.
    outDir: "dist/site",
    // Nothing becomes a data: URL: the content security policy then needs no exception for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What a start may weigh is measured by tests/size.test.ts, as it travels.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      // It says nothing of itself; what it does on being loaded only fills tables of formats, which no schema names.
      treeshake: { moduleSideEffects: (id) => !/[\\/]node_modules[\\/]typebox[\\/]/.test(id) },
      output: {
        // One file of all that every start needs: cut by who shares what they would be fifty, each with a way to the disk.
        codeSplitting: { groups: [{ name: "start", tags: ["$initial"] }] },
      },
    },
  },
});
