import { Check, CheckCheck, CircleAlert, Clock } from "lucide-react";
import type { Delivery } from "../../model/chat.ts";

const LOOKS = {
  sending: { icon: Clock, className: "tick tick-sending" },
  failed: { icon: CircleAlert, className: "tick tick-failed" },
  sent: { icon: Check, className: "tick" },
  delivered: { icon: CheckCheck, className: "tick tick-delivered" },
  read: { icon: CheckCheck, className: "tick tick-read" },
} as const;

/** A message's state as a sign; the words are in the label of the message. */
export function DeliveryTick({ delivery }: { delivery: Delivery }) {
  const { icon: Icon, className } = LOOKS[delivery];
  return <Icon className={className} data-delivery={delivery} aria-hidden="true" />;
}
