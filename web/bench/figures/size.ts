import { gzipSync } from "node:zlib";
import type { Report } from "../report.ts";
import type { Scene } from "../scene.ts";

const LIMIT_KB = 250;

/** Scripts and styles that a page fetches before anybody has touched it, until nothing more is fetched. */
export async function size(scene: Scene, _rounds: number, report: Report): Promise<void> {
  for (const [what, url, limit] of [
    ["scripts and styles before the first interaction, gzip", scene.server.url, LIMIT_KB],
    ["the same at a chat's own address, which asks for the conversation", scene.chatUrl, null],
  ] as const) {
    const page = await scene.tab();
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (/\.(js|css)$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
    });
    await page.goto(url);
    await page.locator(scene.row).waitFor();
    await page.waitForLoadState("networkidle");
    const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    report.add({ what, unit: "KB", values: [bytes / 1024], limit });
    await page.close();
  }
}
