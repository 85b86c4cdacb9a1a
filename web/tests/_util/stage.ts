import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { TestBrowser } from "./browser.ts";
import { Server } from "./server.ts";

/** What the tests of one `describe` play on. */
export interface Stage {
  readonly server: Server;
  readonly browser: TestBrowser;
}

/**
 * A server and a browser, there before the tests of this `describe` and gone after them. After each test everybody goes
 * home, and whatever went wrong in a page fails it. `options` are the server's.
 */
export function useStage(...options: string[]): Stage {
  return stageOf(() => Server.start(...options));
}

/** The same with a server whose clock `forward` moves. */
export function useClockedStage(...options: string[]): Stage {
  return stageOf(() => Server.startClocked(...options));
}

function stageOf(start: () => Promise<Server>): Stage {
  let built: Stage | undefined;
  const stage = (): Stage => {
    if (built === undefined) throw new Error("The stage stands only while tests run");
    return built;
  };
  before(async () => {
    const [server, browser] = await Promise.all([start(), TestBrowser.launch()]);
    built = { server, browser };
  });
  after(async () => {
    await stage().browser.close();
    await stage().server.remove();
  });
  afterEach(async () => {
    await stage().browser.closePeople();
    assert.deepEqual(stage().browser.takeTroubles(), []);
  });
  return {
    get server() {
      return stage().server;
    },
    get browser() {
      return stage().browser;
    },
  };
}
