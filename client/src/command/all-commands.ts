import type { CliCommand } from './cli-command.ts'
import { approve } from './commands/approve.ts'
import { conflicts } from './commands/conflicts.ts'
import { exclude, include } from './commands/exclude.ts'
import { explain } from './commands/explain.ts'
import { history } from './commands/history.ts'
import { ignore } from './commands/ignore.ts'
import { limit } from './commands/limit.ts'
import { link } from './commands/link.ts'
import { links } from './commands/links.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { pause, resume } from './commands/pause.ts'
import { plan } from './commands/plan.ts'
import { restore } from './commands/restore.ts'
import { run } from './commands/run.ts'
import { service } from './commands/service.ts'
import { status } from './commands/status.ts'
import { undo } from './commands/undo.ts'
import { unlink } from './commands/unlink.ts'
import { verify } from './commands/verify.ts'

/** In the order in which the overview lists them. */
export const allCommands: readonly CliCommand[] = [
  login,
  link,
  run,
  service,
  unlink,
  logout,
  status,
  links,
  explain,
  plan,
  verify,
  conflicts,
  approve,
  pause,
  resume,
  history,
  restore,
  undo,
  ignore,
  exclude,
  include,
  limit,
]
