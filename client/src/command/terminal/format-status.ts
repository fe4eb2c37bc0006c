import { describeWait } from '../link/describe-wait.ts'
import type { LinkStatus, TransferReport } from '../link/link-status.ts'
import type { WaitReason } from '../../sync/model/plan.ts'
import { count, formatBytes, formatDuration, formatRate } from './amounts.ts'
import { fitPath, formatTable, padEnd } from './columns.ts'
import { progressBar } from './progress-bar.ts'
import { printable, type Style } from './style.ts'

export interface StatusFormat {
  readonly style: Style
  readonly columns: number
  readonly nowMs: number
}

const barColumns = 24
const shownTransfers = 8
const shownProblems = 8

/** A link in a few lines: how it stands, what is on its way, what failed, what waits for a person. */
export function formatStatus(status: LinkStatus, format: StatusFormat): string[] {
  const { style } = format
  const title = `${style.bold(printable(status.path))} ↔ ${printable(status.title)}`
  return [
    title,
    `  ${describeState(status, style)}`,
    ...formatProgress(status, format),
    ...status.transfers
      .slice(0, shownTransfers)
      .map((transfer) => formatTransfer(transfer, format)),
    ...formatProblems(status, format),
    ...formatWaiting(status, style),
    ...formatHeld(status, style),
    ...formatRest(status, style),
  ]
}

function describeState({ isRunning, state, detail, items }: LinkStatus, style: Style): string {
  const because = detail === null ? '' : ` (${printable(detail)})`
  if (!isRunning && state !== 'missing')
    return state === 'paused'
      ? style.yellow('paused; go on by: cloudsync resume')
      : style.yellow('not running; start it by: cloudsync run')
  switch (state) {
    case 'idle':
      return `${style.green('in step')} · ${count(items.synced, 'item')}`
    case 'scanning':
      return `looking at the folder${because}`
    case 'syncing':
      return style.cyan('syncing')
    case 'offline':
      return style.yellow(`the server cannot be reached${because}; tried again by itself`)
    case 'paused':
      return style.yellow('paused; go on by: cloudsync resume')
    case 'missing':
      return style.red(`the folder is not there, or is another one${because}; nothing is concluded`)
    case 'stopped':
      return 'starting'
  }
}

function formatProgress(status: LinkStatus, { style }: StatusFormat): string[] {
  const { stepsLeft, stepsInAll, sendBytesPerSecond: up, receiveBytesPerSecond: down } = status
  if (stepsLeft === 0 && up === 0 && down === 0) return []
  const done = stepsInAll - stepsLeft
  const bar = progressBar(stepsInAll === 0 ? 0 : done / stepsInAll, barColumns)
  const rates = [up > 0 ? `↑ ${formatRate(up)}` : '', down > 0 ? `↓ ${formatRate(down)}` : '']
  const numbers = stepsLeft === 0 ? '' : `${done} of ${stepsInAll}`
  const words = [stepsLeft === 0 ? '' : style.cyan(bar), numbers, ...rates].filter(
    (word) => word !== '',
  )
  return [`  ${words.join('  ')}`]
}

function formatTransfer(
  { path, direction, doneBytes, sizeBytes }: TransferReport,
  { columns, style }: StatusFormat,
): string {
  const arrow = direction === 'up' ? '↑' : '↓'
  const room = Math.max(16, columns - barColumns - 34)
  const name = padEnd(fitPath(printable(path), room), room)
  const whole = sizeBytes === null ? '' : ` of ${formatBytes(sizeBytes)}`
  const bar = sizeBytes ? style.cyan(progressBar(doneBytes / sizeBytes, barColumns)) : ''
  return `  ${arrow} ${name}  ${bar}  ${formatBytes(doneBytes)}${whole}`
}

function formatProblems(
  { problems, problemCount }: LinkStatus,
  { style, nowMs }: StatusFormat,
): string[] {
  if (problemCount === 0) return []
  const rows = problems
    .slice(0, shownProblems)
    .map(({ path, code, detail, retryAtMs }) => [
      `    ${printable(path)}`,
      printable(detail === '' ? code : detail),
      style.dim(`again in ${formatDuration(retryAtMs - nowMs)}`),
    ])
  const more = problemCount - rows.length
  return [
    `  ${style.red(`${count(problemCount, 'item does', 'items do')} not go on:`)}`,
    ...formatTable(rows),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}

/** Those that pass by themselves are nothing to tell of. */
const passing: readonly WaitReason[] = [
  'next-plan',
  'unread',
  'no-parent',
  'in-transit',
  'ignored',
  'unselected',
  'held',
]

function formatWaiting({ waiting }: LinkStatus, style: Style): string[] {
  return Object.entries(waiting).flatMap(([reason, amount]) => {
    const known = reason as WaitReason
    if (passing.includes(known) || amount === 0) return []
    const items = count(amount, 'item waits', 'items wait')
    return [`  ${style.yellow(items)}: ${describeWait(known)}`]
  })
}

function formatHeld({ held }: LinkStatus, style: Style): string[] {
  return held.flatMap(({ side, files, folders, filesInAll, sample }) => {
    const where = side === 'remote' ? 'on the server' : 'here'
    const amount = files > 0 ? count(files, 'file') : count(folders, 'folder')
    return [
      `  ${style.yellow(`held: ${amount} of ${filesInAll} would be deleted ${where}`)}`,
      ...sample.slice(0, 5).map((path) => `    ${printable(path)}`),
      '    meant so: cloudsync approve · not meant so: cloudsync approve --reject',
    ]
  })
}

function formatRest({ openConflicts, unreadable }: LinkStatus, style: Style): string[] {
  const lines: string[] = []
  if (openConflicts > 0)
    lines.push(
      `  ${style.yellow(count(openConflicts, 'conflict'))} to look at: cloudsync conflicts`,
    )
  for (const path of unreadable.slice(0, 5))
    lines.push(
      `  ${style.red(`“${printable(path === '' ? '.' : path)}” cannot be read`)}; nothing in it is taken for deleted`,
    )
  return lines
}
