import { createRoot } from "react-dom/client";
import { createApp } from "./app.ts";
import { AppView } from "./view/app-view.tsx";
import { StartFailed } from "./view/start-failed.tsx";
import "./view/styles/index.css";

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root.");
const page = createRoot(place);

try {
  page.render(<AppView root={await createApp()} />);
} catch (error) {
  page.render(<StartFailed />);
  throw error;
}
