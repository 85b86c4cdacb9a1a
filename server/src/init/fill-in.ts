/** A template with its `{{names}}` replaced; a name that is no value is a mistake in the template. */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`A template names ${name}, which is no value.`);
    return value;
  });
  return text.replace(/\n{3,}/g, "\n\n");
}
