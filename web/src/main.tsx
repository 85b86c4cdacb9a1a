import { createRoot } from "react-dom/client";
import { createApp } from "./app.ts";
import { AppView } from "./view/app-view.tsx";
import { Conversation } from "./view/conversation/later-conversation.ts";
import { StartFailed } from "./view/start-failed.tsx";
import "./view/styles/index.css";

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root.");
const page = createRoot(place);

/** Nothing is awaited at the top: parts that come later import from this file's, and would wait for it. */
async function show(): Promise<void> {
  // Beside the reading of what is kept, for who comes by a chat's own address.
  if (location.pathname.startsWith("/c/")) Conversation.fetch().catch(() => {});
  try {
    page.render(<AppView root={await createApp()} />);
  } catch (error) {
    page.render(<StartFailed />);
    throw error;
  }
}

void show();
