import type { LucideIcon } from "lucide-react";
import { type ComponentProps, memo } from "react";

/** A button that shows a symbol and says a label. */
export const IconButton = memo(function IconButton({ icon: Icon, label, className = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon aria-hidden="true" />
    </button>
  );
});

type IconButtonProps = Omit<ComponentProps<"button">, "children" | "aria-label" | "title"> & {
  readonly icon: LucideIcon;
  readonly label: string;
};
