/** Where a name's extension begins, or its length when it has none. A leading dot begins no extension. */
export function extensionStart(name: string): number {
  const dot = name.lastIndexOf('.')
  return dot > 0 && dot < name.length - 1 ? dot : name.length
}

/** In lower case, without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  return name.slice(extensionStart(name) + 1).toLowerCase()
}
