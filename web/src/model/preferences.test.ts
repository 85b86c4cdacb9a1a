import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Choices, Preferences } from "./preferences.ts";

function device(common: { value: unknown }, kept: Partial<Choices> = {}) {
  let stored = kept;
  const shelf = {
    read: () => stored,
    write: (value: Partial<Choices>) => {
      stored = value;
    },
  };
  const shared = {
    read: () => common.value,
    write: (value: unknown) => {
      common.value = value;
    },
  };
  return { preferences: new Preferences(shelf, shared), stored: () => stored };
}

describe("[CLI-9] the look of the app", () => {
  it("stays on its device unless the person wants it on all", () => {
    const common = { value: undefined as unknown };
    const [phone, tablet] = [device(common), device(common)];
    phone.preferences.choose({ theme: "dark" });
    assert.equal(common.value, undefined);
    phone.preferences.share(true);
    tablet.preferences.applyCommon();
    assert.equal(tablet.preferences.theme, "system");
    tablet.preferences.share(true);
    assert.equal(tablet.preferences.theme, "dark");
    tablet.preferences.choose({ accent: "moss" });
    phone.preferences.applyCommon();
    assert.deepEqual([phone.preferences.accent, phone.preferences.theme], ["moss", "dark"]);
    assert.equal(phone.stored().accent, "moss");
    phone.preferences.share(false);
    phone.preferences.choose({ theme: "light" });
    tablet.preferences.applyCommon();
    assert.equal(tablet.preferences.theme, "dark");
  });

  it("is not broken by a value of another client's making", () => {
    for (const value of [7, null, "dark", { theme: "neon", accent: "sea" }]) {
      const { preferences } = device({ value }, { shared: true, theme: "dark" });
      preferences.applyCommon();
      assert.equal(preferences.theme, "dark");
    }
  });
});
