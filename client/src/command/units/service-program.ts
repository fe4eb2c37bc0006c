/** How a service manager starts the command. */
export interface ServiceProgram {
  /** Node and the script, by their absolute paths. */
  readonly program: readonly string[]
  /** What says where links and state lie; never a secret. */
  readonly environment: Readonly<Record<string, string>>
}
