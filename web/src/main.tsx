import { createRoot } from "react-dom/client";
import { createApp } from "./app.ts";
import { AppView } from "./view/app-view.tsx";
import "./view/styles/index.css";

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root.");

const root = await createApp();
createRoot(place).render(<AppView root={root} />);
