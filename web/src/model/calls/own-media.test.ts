import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { until } from "../test-until.ts";
import { OwnMedia } from "./own-media.ts";
import { TestCallDevice } from "./test-call-device.ts";

function media(device = new TestCallDevice()) {
  const shelf = { read: () => undefined, write: () => {} };
  return { device, media: new OwnMedia(device, shelf) };
}

describe("[CALL-3] what a device gives into a call", () => {
  it("says what is heard and seen of it, and keeps a muted microphone muted when it is changed", async () => {
    const { media: own, device } = media();
    await own.openMicrophone();
    await own.openCamera();
    assert.deepEqual(own.streams, [{ streamId: "camera", kind: "camera", audio: true, video: true }]);
    own.setMuted(true);
    await own.choose("microphone", "other");
    assert.equal(device.opened.at(-1)?.enabled, false);
    assert.equal(own.streams[0]?.audio, false);
    assert.equal(own.tracks.length, 2, "silence is sent, so that speaking again needs nothing new");
    own.setPaused(true);
    assert.deepEqual(
      own.tracks.map(({ track }) => track.kind),
      ["audio"],
    );
    await own.shareScreen();
    assert.deepEqual(own.streams[1], { streamId: "screen", kind: "screen", audio: true, video: true });
    device.opened.find(({ kind, id }) => kind === "video" && id.endsWith("undefined"))?.unplug();
    assert.equal(own.isSharing, false);
    own.close();
    assert.ok(
      device.opened.every(({ stopped }) => stopped),
      "no light stays on",
    );
  });

  it("switches to the next camera, and takes another microphone for one that is pulled out", async () => {
    const { media: own, device } = media();
    await own.openMicrophone();
    await own.openCamera();
    await own.listDevices();
    await own.switchCamera();
    assert.equal(own.camera?.getSettings().deviceId, "back");
    await own.switchCamera();
    assert.equal(own.camera?.getSettings().deviceId, "front");
    const [microphone] = device.opened;
    microphone?.unplug();
    await until(() => own.microphone !== null && own.microphone !== microphone);
  });

  it("says why there is no microphone, and forgets it when there is one", async () => {
    const { media: own, device } = media();
    for (const problem of ["denied", "missing", "inUse"] as const) {
      device.problem = problem;
      assert.equal(await own.openMicrophone(), false);
      assert.equal(own.microphoneProblem, problem);
    }
    device.problem = null;
    assert.equal(await own.openMicrophone(), true);
    assert.equal(own.microphoneProblem, null);
  });
});
