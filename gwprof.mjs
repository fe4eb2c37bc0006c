import { loadHttp } from './bench/load/http-load.ts'
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
const dir = mkdtempSync('/tmp/w/gwprof/d-')
const child = spawn(
  'node_modules/.bin/node',
  [
    '--max-semi-space-size=8',
    '--heap-growing-percent=100',
    '--cpu-prof',
    '--cpu-prof-dir=/tmp/w/gwprof',
    'bench/peers/cached-read-server.ts',
  ],
  {
    env: {
      ...process.env,
      PORT: '21877',
      DATA_DIR: dir,
      ADMIN_EMAIL: 'ada@example.com',
      ADMIN_PASSWORD: 'correct horse battery',
      LOG_LEVEL: 'info',
      RATE_LIMIT_PER_MINUTE: '1000000',
    },
    stdio: 'inherit',
  },
)
for (;;) {
  try {
    if ((await fetch('http://127.0.0.1:21877/readyz')).ok) break
  } catch {}
  await new Promise((r) => setTimeout(r, 200))
}
const a = await fetch('http://127.0.0.1:21877/api/v1/auth/sign-in', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' }),
})
const { accessToken } = await a.json()
const r = await loadHttp({
  url: 'http://127.0.0.1:21877/api/v1/hello',
  headers: { authorization: `Bearer ${accessToken}` },
  connections: 32,
  durationMs: 6000,
})
console.log(r.requestsPerSecond)
child.kill('SIGTERM')
await new Promise((r) => child.once('exit', r))
