import { createContext, useContext } from "react";
import type { Root } from "../model/root.ts";

export const RootContext = createContext<Root | null>(null);

export function useRoot(): Root {
  const root = useContext(RootContext);
  if (root === null) throw new Error("There is no root model around this view.");
  return root;
}
