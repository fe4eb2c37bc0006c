/** Where a load client connects, and what it speaks there. A plain object: it crosses to the load process. */
export interface LiveTarget {
  readonly protocol: 'hocuspocus' | 'y-websocket'
  /** `ws://…`; the document's name is appended for `y-websocket`. */
  readonly url: string
  readonly token: string
  /** Of others who may open the same, where a server tells people apart. */
  readonly tokens?: readonly string[]
}

/** The target as one of its people sees it. */
export function asPerson(target: LiveTarget, index: number): LiveTarget {
  const { token, tokens = [] } = target
  return { ...target, token: tokens[index % tokens.length] ?? token }
}
