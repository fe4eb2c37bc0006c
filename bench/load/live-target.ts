/** Where a load client connects, and what it speaks there. A plain object: it crosses to the load process. */
export interface LiveTarget {
  readonly protocol: 'hocuspocus' | 'y-websocket'
  /** `ws://…`; the document's name is appended for `y-websocket`. */
  readonly url: string
  readonly token: string
}
