import { DropdownMenu } from "radix-ui";

/** Where a menu opens that no button of its own has: at this place of the window. */
export function MenuAnchor({ at: { left, top, width, height } }: { readonly at: DOMRect }) {
  return (
    <DropdownMenu.Trigger asChild>
      <span aria-hidden="true" style={{ position: "fixed", left, top, width, height, pointerEvents: "none" }} />
    </DropdownMenu.Trigger>
  );
}
