/** An answer of a service that says that the request failed. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure'
  readonly status: number
  /** The service's word for what is wrong, or `HTTP <status>`. */
  readonly code: string

  constructor(status: number, code = `HTTP ${status}`) {
    super(`${status} ${code}`)
    this.status = status
    this.code = code
  }
}

/** Whether the same request may succeed later, as far as its status tells. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429
}
