export type EmbeddedPostgresFailure =
  | 'no-binaries'
  | 'no-way-to-run'
  | 'foreign-data'
  | 'other-version'
  | 'initdb-failed'
  | 'start-failed'

/** Why the private PostgreSQL cannot be had. The message is for the person who starts the server. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly failure: EmbeddedPostgresFailure

  constructor(failure: EmbeddedPostgresFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}
