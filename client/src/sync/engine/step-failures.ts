/** What a step took to be there is no longer so. Nothing was done; what is there now is to be looked at. */
export class StaleError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'StaleError'
  }
}

/** The server will not do it, however often it is asked, until something changes. */
export class RefusedError extends Error {
  readonly code: string

  constructor(code: string, detail: string) {
    super(detail)
    this.name = 'RefusedError'
    this.code = code
  }
}
