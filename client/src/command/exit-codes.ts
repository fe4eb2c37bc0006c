/** What the command says to the script that called it. Stable: scripts branch on it. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notSignedIn: 3,
  unreachable: 4,
  noLink: 5,
  alreadyRunning: 6,
  /** Both sides differ, or something waits for a person. */
  attention: 7,
  /** As shells say it of SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodesHelp =
  'Exit codes: 0 done, 1 it could not be done, 2 wrong usage, 3 not signed in, 4 the server cannot be reached,\n' +
  '5 no such link, 6 another process has the link, 7 something differs or waits for you.'
