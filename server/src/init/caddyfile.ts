import type { Answers } from "./answers.ts";
import { fillIn } from "./fill-in.ts";

/** Let's Encrypt vouches for IP addresses with certificates of six days only; Caddy renews them by itself. */
const SHORT_LIVED = `	tls {
		issuer acme {
			profile shortlived
		}
	}`;

export function renderCaddyfile(template: string, answers: Answers, bucket: string): string {
  const { address, acmeEmail, certificate } = answers;
  const global = [
    ...(acmeEmail === "" ? [] : [`	email ${acmeEmail}`]),
    // Browsers name no server where the address is a number, and the container has another number.
    ...(address.kind === "ip" ? [`	default_sni ${address.host}`] : []),
  ];
  const automatic = address.kind === "ip" ? SHORT_LIVED : "";
  return fillIn(template, {
    global: global.join("\n"),
    site: `https://${address.urlHost}`,
    tls: certificate === "selfsigned" ? "	tls internal" : automatic,
    bucket,
  });
}
