import { mkdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { CpuMeter } from './cpu-meter.ts'
import { findFreePort } from './free-port.ts'
import { runProgram, type ProgramRun } from './run-program.ts'
import { ServerProcess } from './server-process.ts'

const noConfig = '--config=/dev/null'

/** Copies a whole file by HTTP into a directory that another rclone serves (WebDAV); what both use counts. */
export async function copyByRclone(
  program: string,
  file: string,
  directory: string,
): Promise<ProgramRun> {
  await mkdir(directory, { recursive: true })
  const address = `127.0.0.1:${await findFreePort()}`
  await using server = await ServerProcess.start({
    command: program,
    args: ['serve', 'webdav', directory, `--addr=${address}`, noConfig],
    env: {},
    readyUrl: `http://${address}/`,
  })
  const cpu = await CpuMeter.start([server.pid])
  const remote = [`:webdav:${basename(file)}`, `--webdav-url=http://${address}`]
  const { seconds, cpuSeconds } = await runProgram(program, ['copyto', noConfig, file, ...remote])
  return { seconds, cpuSeconds: cpuSeconds + (await cpu.seconds()) }
}
