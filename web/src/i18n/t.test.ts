import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dayName, longAgo, shortMoment } from "./dates.ts";
import { areas, en } from "./en/index.ts";
import { problemText } from "./problem.ts";
import { t } from "./t.ts";

describe("texts", () => {
  it("[CLI-5] plurals follow the language", () => {
    assert.equal(t("chats.unread", { count: 1 }), "1 unread message");
    assert.equal(t("chats.unread", { count: 2 }), "2 unread messages");
  });

  it("[CLI-5] no area of the texts hides another's", () => {
    const names = Object.keys(en).length;
    assert.equal(
      names,
      areas.reduce((sum, area) => sum + Object.keys(area).length, 0),
    );
  });

  it("names are put in as they are", () => {
    assert.equal(t("chat.typingOne", { name: "<b>$&{{x}}" }), "<b>$&{{x}} is typing");
  });

  it("problems say what to do and how long to wait; one nobody knows has words too", () => {
    assert.match(problemText({ name: "RATE_LIMITED", retryAfterMs: 29_100 }), /30 seconds/);
    assert.match(problemText({ name: "OVERLOADED", retryAfterMs: 300_000 }), /5 minutes/);
    assert.equal(problemText({ name: "toString", retryAfterMs: 0 }), problemText({ name: "unknown", retryAfterMs: 0 }));
  });

  it("[CLI-5] days are named as people name them", () => {
    const now = new Date(2026, 10, 20, 15, 0).getTime();
    const at = (day: number, hour = 12) => new Date(2026, 10, day, hour).getTime();
    assert.deepEqual(
      [20, 19, 17, 3].map((day) => dayName(at(day), now)),
      ["Today", "Yesterday", "Tuesday", "November 3"],
    );
    assert.equal(dayName(new Date(2025, 0, 2).getTime(), now), "January 2, 2025");
    assert.equal(shortMoment(at(18), now), "Wed");
    assert.deepEqual(
      [now - 5_000, now - 60_000, now - 5 * 3600_000].map((moment) => longAgo(moment, now)),
      ["just now", "1 minute ago", "5 hours ago"],
    );
  });
});
