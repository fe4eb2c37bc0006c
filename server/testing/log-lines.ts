/** What a log has written, for tests. */
export class LogLines {
  readonly texts: string[] = []

  write(line: string): void {
    this.texts.push(line)
  }

  get entries(): Readonly<Record<string, unknown>>[] {
    return this.texts.map((text) => JSON.parse(text) as Record<string, unknown>)
  }

  /** Those with this message. */
  of(message: string): Readonly<Record<string, unknown>>[] {
    return this.entries.filter((entry) => entry['message'] === message)
  }
}
