import type { ReactNode } from "react";
import { BrandMark } from "./brand-mark.tsx";

/** Nothing here yet, and the first thing to do about it. */
export function EmptyState({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <BrandMark />
      <p className="empty-title">{title}</p>
      <p>{hint}</p>
      {children}
    </div>
  );
}
