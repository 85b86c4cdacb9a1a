import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { useRoot } from "./root-context.ts";

const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** Puts the chosen looks on the document, where the design tokens hang on them. */
export const Appearance = observer(function Appearance() {
  const { preferences } = useRoot();
  const { theme, accent, textSize } = preferences;
  const [systemIsDark, setSystemIsDark] = useState(DARK.matches);
  useEffect(() => {
    const onChange = () => setSystemIsDark(DARK.matches);
    DARK.addEventListener("change", onChange);
    return () => DARK.removeEventListener("change", onChange);
  }, []);
  const scheme = theme === "system" ? (systemIsDark ? "dark" : "light") : theme;
  useEffect(() => {
    Object.assign(document.documentElement.dataset, { scheme, accent, textSize });
    for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
      meta.content = getComputedStyle(document.documentElement).getPropertyValue("--surface");
    }
  }, [scheme, accent, textSize]);
  return null;
});
