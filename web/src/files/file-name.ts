/** Where a name's extension begins, or its length when it has none. A leading dot begins no extension. */
export function extensionStart(name: string): number {
  const dot = name.lastIndexOf('.')
  return dot > 0 && dot < name.length - 1 ? dot : name.length
}

/** In lower case, without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  return name.slice(extensionStart(name) + 1).toLowerCase()
}

/** Roughly how the server tells names apart: without case, however Unicode composes them. */
export function comparableName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** `name (2).ext`, or the next number that `isTaken` does not know. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name
  const start = extensionStart(name)
  const extension = name.slice(start)
  const derived = /^(.+) \((\d{1,9})\)$/su.exec(name.slice(0, start))
  const stem = derived?.[1] ?? name.slice(0, start)
  for (let number = Number(derived?.[2] ?? 1) + 1; ; number++) {
    const candidate = `${stem} (${number})${extension}`
    if (!isTaken(candidate)) return candidate
  }
}

/**
 * What is plainly wrong with a name, while it is being typed; the server has the last word and knows
 * more rules.
 */
export function findNameFault(
  name: string,
  isTaken: (comparable: string) => boolean,
): string | undefined {
  if (name.trim() === '') return 'A name is needed'
  if (/[/\\]/.test(name)) return 'A name cannot contain / or \\'
  if (/[<>:"|?*]/.test(name)) return 'A name cannot contain any of < > : " | ? *'
  if (/[. ]$/.test(name)) return 'A name cannot end in a dot or a space'
  if (isTaken(comparableName(name))) return 'The name is taken'
  return undefined
}
