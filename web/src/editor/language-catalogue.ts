import { LanguageDescription } from '@codemirror/language'

let loaded: readonly LanguageDescription[] | undefined

/** The list of known languages; each one's own code is fetched when it is met. */
async function loadCatalogue(): Promise<readonly LanguageDescription[]> {
  loaded ??= (await import('@codemirror/language-data')).languages
  return loaded
}

/** The language of a file by its name, or `undefined` when none is known. */
export async function findFileLanguage(fileName: string): Promise<LanguageDescription | undefined> {
  return LanguageDescription.matchFilename(await loadCatalogue(), fileName) ?? undefined
}

export type FoundLanguage =
  | { readonly kind: 'ready'; readonly language: LanguageDescription }
  | { readonly kind: 'loading'; readonly until: Promise<unknown> }
  | { readonly kind: 'unknown' }

/** The language that a fenced block names, ready or on its way. */
export function findNamedLanguage(info: string): FoundLanguage {
  const name = /^\S*/.exec(info)?.[0] ?? ''
  if (name === '') return { kind: 'unknown' }
  if (!loaded) {
    return {
      kind: 'loading',
      until: loadCatalogue().then((all) =>
        LanguageDescription.matchLanguageName(all, name)?.load(),
      ),
    }
  }
  const language = LanguageDescription.matchLanguageName(loaded, name)
  if (!language) return { kind: 'unknown' }
  return language.support
    ? { kind: 'ready', language }
    : { kind: 'loading', until: language.load() }
}
