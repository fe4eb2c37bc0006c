import { closeCodes, type CloseCodeName } from '@cloudsync/protocol'
import type { FatalCloseCodeName } from './link-state.ts'

export type CloseMeaning =
  | { readonly kind: 'final'; readonly code: FatalCloseCodeName }
  | { readonly kind: 'retry'; readonly minimumDelayMs: number }

/** The stock provider closes a silent socket itself under this code, which lies in the final range. */
const providerTimeout = 4408

const fatalByNumber = new Map<number, FatalCloseCodeName>()
const fatalByReason = new Map<string, FatalCloseCodeName>()
for (const [name, { code, reason, fatal }] of Object.entries(closeCodes)) {
  if (!fatal) continue
  fatalByNumber.set(code, name as FatalCloseCodeName)
  fatalByReason.set(reason, name as FatalCloseCodeName)
}

/** What the end of a socket means for the document on it. */
export function readClose(code: number): CloseMeaning {
  const name = fatalByNumber.get(code)
  if (name) return { kind: 'final', code: name }
  // 4400–4499 are final also where a newer server knows more of them than this page.
  if (code >= 4400 && code <= 4499 && code !== providerTimeout) {
    return { kind: 'final', code: 'protocolError' }
  }
  return { kind: 'retry', minimumDelayMs: code === closeCodes.rateLimited.code ? 5_000 : 0 }
}

/** What a refused authentication means; `reason` is that of a close code. */
export function readDenial(reason: string): CloseMeaning {
  const name = fatalByReason.get(reason)
  if (name) return { kind: 'final', code: name }
  const isKnown = Object.values(closeCodes).some((entry) => entry.reason === reason)
  return isKnown ? { kind: 'retry', minimumDelayMs: 0 } : { kind: 'final', code: 'forbidden' }
}

export type { CloseCodeName }
