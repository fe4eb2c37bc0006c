/**
 * The media types under which texts are served. Nothing that a browser would run or render as a page
 * is among them: HTML, SVG, XML, scripts and style sheets go out as plain text.
 */
const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['md', 'text/markdown'],
  ['markdown', 'text/markdown'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['json', 'application/json'],
  ['ipynb', 'application/json'],
  ['jsonl', 'application/jsonl'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['toml', 'application/toml'],
  ['ics', 'text/calendar'],
  ['vcf', 'text/vcard'],
])

/** The media type of a text by its name's extension; plain text for all that the list lacks. */
export function textMediaType(name: string): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]
  return mediaTypes.get(extension?.toLowerCase() ?? '') ?? 'text/plain'
}
