import { Laptop, type LucideIcon, ShieldAlert, ShieldCheck, ShieldOff } from "lucide-react";
import { t } from "../../i18n/t.ts";
import type { Protection } from "../../model/connection.ts";

export interface ProtectionLook {
  readonly icon: LucideIcon;
  readonly tone: "good" | "warn" | "plain";
  readonly title: string;
  readonly text: string;
}

/**
 * What protects the connection, said honestly. A page that came over plain http could have been rewritten by the very
 * attacker that a fingerprint reveals, so it never calls itself verified.
 */
export function lookOf(protection: Protection | null, pageIsSecure: boolean): ProtectionLook {
  if (protection === null) {
    return { icon: ShieldOff, tone: "plain", title: t("connection.none"), text: t("connection.noneText") };
  }
  if (protection.kind === "tls") {
    return { icon: ShieldCheck, tone: "good", title: t("connection.tls"), text: t("connection.tlsText") };
  }
  if (protection.kind === "clearLoopback") {
    return { icon: Laptop, tone: "plain", title: t("connection.loopback"), text: t("connection.loopbackText") };
  }
  if (!pageIsSecure) {
    return { icon: ShieldAlert, tone: "warn", title: t("connection.sealed"), text: t("connection.sealedHttp") };
  }
  if (protection.trust === "verified") {
    return { icon: ShieldCheck, tone: "good", title: t("connection.verified"), text: t("connection.verifiedText") };
  }
  const text = protection.trust === "firstUse" ? t("connection.sealedFirst") : t("connection.sealedKnown");
  return { icon: ShieldAlert, tone: "warn", title: t("connection.sealed"), text };
}
