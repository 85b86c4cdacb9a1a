/** Sum over all labels of a counter of a node that contain a text; 0 for what it has not counted yet. */
export async function counted(url: string, name: string, label = ""): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** Messages that a node has refused for a while because its store does not take them. */
export async function refusals(url: string): Promise<string | null> {
  const count = await counted(url, "parley_requests_total", 'method="message.send",outcome="OVERLOADED"');
  return count === 0 ? null : `${count} sends refused as OVERLOADED`;
}
