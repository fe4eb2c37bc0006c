import type { Extension } from '@codemirror/state'
import type { TextKind } from './file-language.ts'

/**
 * The colours of a text. Their code is fetched beside the editor's, which is of use without them; what
 * cannot be fetched is left out.
 */
export async function loadLanguage(fileName: string, kind: TextKind): Promise<Extension> {
  try {
    switch (kind) {
      case 'markdown':
        return (await import('./markdown-support.ts')).markdownSupport
      case 'prose':
        return []
      case 'code': {
        const { findFileLanguage } = await import('./language-catalogue.ts')
        return (await (await findFileLanguage(fileName))?.load()) ?? []
      }
    }
  } catch {
    return []
  }
}
