import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import {
  message,
  openChat,
  openChatWith,
  PHONE,
  register,
  signIn,
  TestBrowser,
  turnBackTo,
  write,
} from "./_util/browser.ts";
import { assertNothingRuns } from "./_util/disguised.ts";
import { drawn, hugePng, loaded, pick, save, saved } from "./_util/files.ts";
import { Scripted } from "./_util/scripted.ts";
import { Server } from "./_util/server.ts";
import { shot } from "./_util/shots.ts";
import { tapWire } from "./_util/wire.ts";
import { within } from "./_util/within.ts";

describe("[FILE-6] files in two browsers", () => {
  let server: Server;
  let browser: TestBrowser;
  let picture: Buffer;

  before(async () => {
    [server, browser] = await Promise.all([Server.start("--file-max", "4000000"), TestBrowser.launch()]);
    const [anna, bo] = [await browser.person(), await browser.person()];
    await register(anna, server.url, "anna", "Anna");
    await register(bo, server.url, "bochen", "Bo");
    picture = await drawn(anna, 900, 600);
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "The first of all words");
    await openChat(bo, "Anna");
    await message(bo, "The first of all words").waitFor();
    await browser.closePeople();
  });
  after(async () => {
    await browser.close();
    await server.remove();
  });
  afterEach(async () => {
    await browser.closePeople();
    assert.deepEqual(browser.takeTroubles(), []);
  });

  async function both(): Promise<readonly [anna: Page, bo: Page]> {
    const [anna, bo] = [await browser.person(), await browser.person()];
    await Promise.all([signIn(anna, server.url, "anna"), signIn(bo, server.url, "bochen")]);
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    return [anna, bo];
  }
  const assertAccessible = async (page: Page, what: string) => assert.deepEqual(await findings(page), [], what);

  it("a picture with words and a file are sent; the other sees one and gets the bytes of the other", async () => {
    const [anna, bo] = await both();
    const bytes = randomBytes(300_000);
    const box = anna.getByRole("textbox", { name: "Write to Bo" });
    await pick(anna, "Photo or video", [{ name: "sunset.png", mimeType: "image/png", buffer: picture }]);
    await pick(anna, "File", [{ name: "report.pdf", mimeType: "application/x-report", buffer: bytes }]);
    const staged = anna.getByRole("list", { name: "Files that go with the message" });
    await staged.getByText("report.pdf").waitFor();
    await assertAccessible(anna, "files beside the words");
    await shot(anna, "files-staged");
    await box.fill("From the harbour");
    await box.press("Enter");
    await staged.waitFor({ state: "detached" });
    assert.equal(await box.inputValue(), "");

    const shown = message(bo, "From the harbour").getByRole("button", { name: "Show sunset.png large" });
    await loaded(shown.locator(".picture-whole"));
    assert.equal(await shown.locator(".picture-whole").evaluate((image: HTMLImageElement) => image.naturalWidth), 900);
    await loaded(message(anna, "From the harbour").locator(".picture-whole"));
    await message(bo, "report.pdf").waitFor();
    assert.deepEqual(await saved(bo, "report.pdf"), bytes);
    await assertAccessible(bo, "a picture and a file");
    await shot(bo, "files-shown");

    await shown.click();
    const lightbox = bo.getByRole("dialog", { name: /sunset.png/ });
    await loaded(lightbox.locator(".lightbox-picture"));
    await assertAccessible(bo, "a large picture");
    await shot(bo, "files-lightbox");
    const wide = () => lightbox.locator(".lightbox-picture").evaluate((image) => image.getBoundingClientRect().width);
    const before = await wide();
    await bo.keyboard.press("+");
    await bo.waitForFunction(
      (width) => (document.querySelector(".lightbox-picture")?.clientWidth ?? 0) > width,
      before,
    );
    await bo.keyboard.press("Escape");
    await lightbox.waitFor({ state: "detached" });
    await bo.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Show sunset.png large");
  });

  it("files are dropped anywhere, and pictures are pasted", async () => {
    const [anna, bo] = await both();
    const base64 = picture.toString("base64");
    const transfer = await anna.evaluateHandle((data) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const held = new DataTransfer();
      held.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
      held.items.add(new File(["some notes"], "notes.txt", { type: "text/plain" }));
      return held;
    }, base64);
    await anna.dispatchEvent("[role=log]", "dragenter", { dataTransfer: transfer });
    await anna.getByText("Drop files here to send them to Bo").waitFor();
    await shot(anna, "files-drop");
    await anna.dispatchEvent("[role=log]", "drop", { dataTransfer: transfer });
    const staged = anna.getByRole("list", { name: "Files that go with the message" });
    await staged.getByText("notes.txt").waitFor();
    await anna.getByRole("textbox", { name: "Write to Bo" }).evaluate((box, data) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const held = new DataTransfer();
      held.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
    }, base64);
    await staged.getByText("pasted.png").waitFor();
    await staged.getByRole("button", { name: "Take dropped.png out" }).click();
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    await loaded(bo.getByRole("button", { name: "Show pasted.png large" }).locator(".picture-whole"));
    await message(bo, "notes.txt").waitFor();
    assert.equal((await saved(bo, "notes.txt")).toString(), "some notes");
    assert.equal(await bo.getByText("dropped.png").count(), 0);
  });

  it("[FILE-5] a file that is too large is refused in words before it moves", async () => {
    const [anna] = await both();
    let puts = 0;
    anna.on("request", (request) => {
      if (request.method() === "PUT") puts += 1;
    });
    await pick(anna, "File", [{ name: "huge.bin", mimeType: "", buffer: Buffer.alloc(5_000_000) }]);
    await anna.getByText("Too large: this server takes files of up to 3.8 MB.").waitFor();
    await assertAccessible(anna, "a file that is too large");
    assert.ok(await anna.getByRole("button", { name: "Send", exact: true }).isDisabled());
    await anna.getByRole("button", { name: "Take huge.bin out" }).click();
    assert.equal(puts, 0);
  });

  it("what is on its way is paused, goes on, and is given up", async () => {
    const [anna, bo] = await both();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await anna.route("**/objects/**", async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    await pick(anna, "File", [
      { name: "kept.bin", mimeType: "", buffer: randomBytes(50_000) },
      { name: "given-up.bin", mimeType: "", buffer: randomBytes(50_000) },
    ]);
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    const lines = anna.getByRole("list", { name: "Files being sent" });
    await lines.getByRole("button", { name: "Pause sending kept.bin" }).click();
    await lines.getByText(/paused/).waitFor();
    await assertAccessible(anna, "files on their way");
    await shot(anna, "files-sending");
    await lines.getByRole("button", { name: "Do not send given-up.bin" }).click();
    await lines.getByText("given-up.bin").waitFor({ state: "detached" });
    release();
    await lines.getByRole("button", { name: "Go on sending kept.bin" }).click();
    await message(bo, "kept.bin").waitFor();
    await lines.waitFor({ state: "detached" });
    assert.equal(await bo.getByText("given-up.bin").count(), 0);
  });

  it("what is sent together stands in the order in which it was picked, though the last is there first", async () => {
    const [anna, bo] = await both();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const large = randomBytes(200_000);
    const md5 = createHash("md5").update(large).digest("base64");
    await anna.route("**/objects/**", async (route) => {
      if (route.request().headers()["content-md5"] === md5) await held;
      await route.continue().catch(() => {});
    });
    await pick(anna, "File", [
      { name: "first-and-large.bin", mimeType: "", buffer: large },
      { name: "second.bin", mimeType: "", buffer: randomBytes(1_000) },
      { name: "third.bin", mimeType: "", buffer: randomBytes(2_000) },
    ]);
    await write(anna, "Three in a row");
    const lines = anna.getByRole("list", { name: "Files being sent" });
    await lines.getByText("Ready, goes after those before it").nth(1).waitFor();
    assert.equal(await bo.getByText("third.bin").count(), 0);
    release();
    await message(bo, "third.bin").waitFor();
    await lines.waitFor({ state: "detached" });
    const names = await bo.getByRole("log").locator(".file-name").allTextContents();
    assert.deepEqual(names.slice(-3), ["first-and-large.bin", "second.bin", "third.bin"]);
    await message(bo, "Three in a row").getByText("first-and-large.bin").waitFor();
  });

  it("[FILE-3] what a reload interrupted is picked again, and goes on", async () => {
    const [anna, bo] = await both();
    const bytes = randomBytes(60_000);
    const file = { name: "long.bin", mimeType: "", buffer: bytes };
    let arrived: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await anna.route("**/objects/**", () => arrived());
    await pick(anna, "File", [file]);
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    await within("the file to set out", begun);
    anna.on("dialog", (dialog) => void dialog.accept());
    await anna.reload();
    await anna.unroute("**/objects/**");
    const lines = anna.getByRole("list", { name: "Files being sent" });
    await lines.getByText("It was interrupted.").waitFor();
    await assertAccessible(anna, "an interrupted file");
    await shot(anna, "files-interrupted");
    await pick(anna, "Choose long.bin again", [{ ...file, buffer: Buffer.alloc(5) }]);
    await anna.getByText("This is another file.").waitFor();
    await pick(anna, "Choose long.bin again", [file]);
    await message(bo, "long.bin").waitFor();
    await lines.waitFor({ state: "detached" });
    assert.deepEqual(await saved(bo, "long.bin"), bytes);
  });

  it("[FILE-7] pages, drawings and what lies about its type run nowhere", async () => {
    const [anna, bo] = await both();
    const script = "<script>document.title = 'RAN'; top.ran = true</script>";
    const html = Buffer.from(`<!doctype html><title>x</title>${script}`);
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${script}</svg>`);
    await pick(anna, "File", [
      { name: "page.html", mimeType: "text/html", buffer: html },
      { name: "drawing.svg", mimeType: "image/svg+xml", buffer: svg },
      { name: "lie.png", mimeType: "image/png", buffer: html },
    ]);
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    const again = anna.getByRole("button", { name: "Send lie.png again" });
    await again.click();
    for (const [name, bytes] of Object.entries({ "page.html": html, "drawing.svg": svg, "lie.png": html })) {
      await message(bo, name).waitFor();
      assert.equal(await message(bo, name).locator("img, object, embed, iframe, video, audio").count(), 0, name);
      const kept = await save(bo, name);
      assert.deepEqual(await readFile(await kept.path()), bytes, name);
      // Even who opens the address itself gets a download, and no page.
      const tab = browser.tab(await bo.context().newPage());
      const download = tab.waitForEvent("download");
      await tab.goto(kept.url()).catch(() => {});
      await (await download).cancel();
      assert.equal(await tab.title(), "", name);
      await tab.close();
    }
    assert.equal(await bo.evaluate(() => "ran" in window), false);
    assert.notEqual(await bo.title(), "RAN");
  });

  it("[FILE-7] polyglots run nowhere either, even at their own address", async () => {
    const bo = await browser.person();
    await assertNothingRuns(
      await Scripted.register(server.url, { handle: "robot", displayName: "Robot" }, "bochen"),
      bo,
    );
  });

  it("[FILE-7] a small file that claims gigabytes of pixels is decoded by nobody", async () => {
    const [anna, bo] = await both();
    const huge = hugePng(30_000);
    await pick(anna, "Photo or video", [{ name: "huge.png", mimeType: "image/png", buffer: huge }]);
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    await message(bo, "huge.png").waitFor();
    // A sender may also lie about it.
    const robot = await Scripted.register(server.url, { handle: "liar", displayName: "Liar" }, "bochen");
    await robot.send("image", "lie.png", "image/png", huge, { width: 640, height: 480 });
    await openChat(bo, "Liar");
    await message(bo, "lie.png").getByText("lie.png").waitFor();
    assert.equal(await bo.locator(".picture-whole").count(), 0);
    assert.ok((await browser.peakMemoryBytes()) < 1024 ** 3);
  });

  it("[MSG-7] a voice message is spoken, sent, shown by its loudness and heard", async () => {
    const anna = await browser.person({ permissions: ["microphone"] });
    const bo = await browser.person();
    await Promise.all([signIn(anna, server.url, "anna"), signIn(bo, server.url, "bochen")]);
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    await anna.getByRole("button", { name: "Record a voice message" }).click();
    const length = anna.getByRole("timer", { name: "Length of the recording" });
    await length.getByText(/0:0[1-9]/).waitFor();
    await assertAccessible(anna, "a voice message that is spoken");
    await shot(anna, "files-recording");
    await anna.keyboard.press("Escape");
    await length.waitFor({ state: "detached" });
    await anna.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Write to Bo");
    await anna.getByRole("button", { name: "Record a voice message" }).click();
    await length.getByText(/0:0[2-9]/).waitFor();
    await anna.keyboard.press("Enter");
    const voice = bo.getByRole("article", { name: /Voice message, 0:0[2-9]/ });
    await voice.waitFor();
    assert.equal(await bo.getByRole("article", { name: /Voice message/ }).count(), 1);
    const heights = await voice
      .locator(".waveform rect")
      .evaluateAll((bars) => bars.map((bar) => bar.getAttribute("height")));
    assert.ok(new Set(heights).size > 1, "the beeps of the microphone differ from silence");
    // It is over soon: who looks only afterwards may miss it.
    await Promise.all([
      bo.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 0.3),
      voice.getByRole("button", { name: "Pause" }).waitFor(),
      voice.getByRole("button", { name: "Play" }).click(),
    ]);
    await assertAccessible(bo, "a voice message");
    await shot(bo, "files-voice");
  });

  it("[NET-1] over plain http files are sealed on the way, and everybody sees and gets them", async (t) => {
    const [anna, bo] = [await browser.person(), await browser.person()];
    const wire = await tapWire(Number(server.port));
    t.after(() => wire.close());
    await Promise.all([signIn(anna, server.url, "anna"), signIn(bo, `http://chat.test:${wire.port}`, "bochen")]);
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    const bytes = randomBytes(200_000);
    await pick(bo, "File", [
      { name: "sealed.bin", mimeType: "", buffer: bytes },
      { name: "sealed.png", mimeType: "image/png", buffer: picture },
    ]);
    await bo.getByRole("button", { name: "Send", exact: true }).click();
    for (const page of [anna, bo]) {
      await message(page, "sealed.bin").waitFor();
      assert.deepEqual(await saved(page, "sealed.bin"), bytes);
      await loaded(page.getByRole("button", { name: "Show sealed.png large" }).locator(".picture-whole"));
    }
    await bo.reload();
    await loaded(bo.getByRole("button", { name: "Show sealed.png large" }).locator(".picture-whole"));
    for (const direction of ["toServer", "toClient"] as const) {
      const passed = Buffer.concat(wire.recordings(direction));
      assert.ok(passed.length > bytes.length);
      assert.equal(passed.includes(bytes.subarray(1_000, 1_032)), false);
      // To him it comes in the clear, too, from where Anna sent it as it is.
      if (direction === "toServer") assert.equal(passed.includes(picture.subarray(1_000, 1_032)), false);
    }
  });

  it("the files of a chat are listed by kind, and each leads to its message", async () => {
    const bo = await browser.person();
    await signIn(bo, server.url, "bochen");
    await openChat(bo, "Anna");
    await bo.getByRole("button", { name: "Show details" }).click();
    await bo.getByRole("button", { name: "Files and pictures" }).click();
    const files = bo.getByRole("dialog", { name: "Files with Anna" });
    await loaded(files.getByRole("button", { name: "Show sunset.png large" }).locator(".picture-whole"));
    await assertAccessible(bo, "the pictures of a chat");
    await shot(bo, "files-of-chat-pictures");
    await files.getByRole("radio", { name: "Files" }).check({ force: true });
    await files.getByText("report.pdf").waitFor();
    assert.equal(await files.getByText("sunset.png").count(), 0);
    await assertAccessible(bo, "the files of a chat");
    await shot(bo, "files-of-chat");
    await files.getByRole("button", { name: "Go to the message with report.pdf" }).click();
    await files.waitFor({ state: "detached" });
    await bo.waitForFunction(() => document.activeElement?.textContent?.includes("report.pdf"));
  });

  it("in both themes, wide and narrow, all of it fits and is clean", async () => {
    for (const [name, viewport] of Object.entries({ wide: { width: 1280, height: 800 }, phone: PHONE })) {
      for (const colorScheme of ["light", "dark"] as const) {
        const bo = await browser.person({ viewport, colorScheme });
        await signIn(bo, server.url, "bochen");
        await openChat(bo, "Anna");
        await message(bo, "kept.bin").waitFor();
        // As people do it: what scripts do leaves no list that is at its end.
        await turnBackTo(bo, "From the harbour");
        await loaded(message(bo, "From the harbour").locator(".picture-whole"));
        await assertAccessible(bo, `${name} ${colorScheme}`);
        await shot(bo, `files-${name}-${colorScheme}`);
        const over = await bo.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(over, 0);
        await message(bo, "From the harbour").getByRole("button", { name: "Show sunset.png large" }).click();
        await loaded(bo.locator(".lightbox-picture"));
        await shot(bo, `files-lightbox-${name}-${colorScheme}`);
        await bo.context().close();
      }
    }
  });
});
