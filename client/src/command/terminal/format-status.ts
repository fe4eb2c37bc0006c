import { describeProblem } from '../link/describe-problem.ts'
import { describeOffline } from '../link/describe-offline.ts'
import { describeSkip, describeWait } from '../link/describe-wait.ts'
import {
  isUnsafeLink,
  tellingWaits,
  type LinkStatus,
  type TransferReport,
} from '../link/link-status.ts'
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
/** `123 MB of 456 MB`. */
const amountColumns = 19
const longNameColumns = 24
const shortNameColumns = 12
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
    ...formatLeftOut(status, style),
    ...formatHeld(status, style),
    ...formatRest(status, style),
  ]
}

function describeState(status: LinkStatus, style: Style): string {
  const { isRunning, state, detail, items, server } = status
  const because = detail === null ? '' : ` (${printable(detail)})`
  if (!isRunning && state !== 'missing')
    return state === 'paused'
      ? style.yellow('paused; go on by: cloudsync resume')
      : style.yellow('not running; start it by: cloudsync run')
  switch (state) {
    case 'idle':
      return `${isInStep(status) ? style.green('in step') : style.yellow('in step but for what follows')} · ${count(items.synced, 'item')}`
    case 'scanning':
      return `looking at the folder${because}`
    case 'syncing':
      return style.cyan('syncing')
    case 'offline':
      return style.yellow(printable(describeOffline(detail, server).message))
    case 'paused':
      return style.yellow('paused; go on by: cloudsync resume')
    case 'missing':
      return style.red(`the folder is not there, or is another one${because}; nothing is concluded`)
    case 'stopped':
      return `starting${because}`
  }
}

function isInStep(status: LinkStatus): boolean {
  const { held, problemCount, unsafeLinkCount, unreadable } = status
  const blocked = held.length + problemCount - unsafeLinkCount + unreadable.length
  return blocked === 0 && tellingWaits(status).length === 0
}

function formatProgress(status: LinkStatus, { style }: StatusFormat): string[] {
  const {
    stepsLeft,
    stepsInAll,
    transfers,
    sendBytesPerSecond: up,
    receiveBytesPerSecond: down,
  } = status
  if (stepsLeft === 0 && up === 0 && down === 0) return []
  const done = stepsInAll - stepsLeft
  // One large file is a step like any other, so that what has come of it counts.
  const begun = transfers.reduce(
    (sum, { doneBytes, sizeBytes }) => sum + (sizeBytes ? doneBytes / sizeBytes : 0),
    0,
  )
  const bar = progressBar(stepsInAll === 0 ? 0 : (done + begun) / stepsInAll, barColumns)
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
  const whole = sizeBytes === null ? '' : ` of ${formatBytes(sizeBytes)}`
  // The name says more than the bar, where there is no room for both.
  const rest = columns - amountColumns - 6
  const barWidth = Math.max(0, Math.min(barColumns, rest - longNameColumns))
  const room = Math.max(shortNameColumns, rest - (barWidth === 0 ? 0 : barWidth + 2))
  const name = padEnd(fitPath(printable(path), room), room)
  const hasBar = sizeBytes !== null && sizeBytes > 0 && barWidth > 0
  const bar = hasBar ? `${style.cyan(progressBar(doneBytes / sizeBytes, barWidth))}  ` : ''
  return `  ${arrow} ${name}  ${bar}${formatBytes(doneBytes)}${whole}`
}

function formatProblems(
  { problems, problemCount, unsafeLinkCount }: LinkStatus,
  { style, nowMs }: StatusFormat,
): string[] {
  const leadOut = count(unsafeLinkCount, 'link leads', 'links lead')
  const links =
    unsafeLinkCount === 0
      ? []
      : [`  ${leadOut} out of the linked folder; the server keeps what is not made here`]
  const others = problemCount - unsafeLinkCount
  if (others === 0) return links
  const rows = problems
    .filter((one) => !isUnsafeLink(one))
    .slice(0, shownProblems)
    .map(({ path, code, detail, retryAtMs }) => [
      `    ${printable(path)}`,
      printable(describeProblem(code, detail)),
      style.dim(`again in ${formatDuration(retryAtMs - nowMs)}`),
    ])
  const more = others - rows.length
  return [
    `  ${style.red(`${count(others, 'item does', 'items do')} not go on:`)}`,
    ...formatTable(rows),
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...links,
  ]
}

function formatWaiting(status: LinkStatus, style: Style): string[] {
  return tellingWaits(status).map(([reason, amount]) => {
    const items = count(amount, 'item waits', 'items wait')
    return `  ${style.yellow(items)}: ${describeWait(reason)}`
  })
}

/** A link that points elsewhere is left out for ever; a name may be changed. */
function formatLeftOut({ leftOut }: LinkStatus, style: Style): string[] {
  return leftOut.flatMap(({ reason, count: amount, sample }) => {
    const items = count(amount, 'item is', 'items are')
    const isNamed = reason === 'name' || reason === 'ill-formed-name'
    const what = isNamed ? style.yellow(`${items} not synced`) : `${items} not synced`
    return [
      `  ${what}: ${describeSkip(reason)}`,
      ...(isNamed ? sample.map((path) => `    ${printable(path)}`) : []),
    ]
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
