import type { ServiceProgram } from './service-program.ts'

/** A user unit of systemd: `cloudsync run` from sign-in to sign-out, and again when it fails. */
export function systemdUnit({ program, environment }: ServiceProgram): string {
  const settings = Object.entries(environment).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}\n`,
  )
  return `[Unit]
Description=CloudSync keeps linked folders in step
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${[...program, 'run'].map(quote).join(' ')}
${settings.join('')}Restart=on-failure
RestartSec=5
# Wrong usage, not signed in, no link: nothing that another start would mend.
RestartPreventExitStatus=2 3 5
KillSignal=SIGTERM
TimeoutStopSec=30
UMask=0077
NoNewPrivileges=true

[Install]
WantedBy=default.target
`
}

/** As systemd.syntax(7) reads it: within quotes, with its specifiers and variables as plain text. */
function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
  return `"${escaped}"`
}
