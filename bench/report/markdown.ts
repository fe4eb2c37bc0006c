import { peerTitles, type PeerName } from '../peers/peer.ts'
import { figureOf, ratioTo, valuesOf } from './comparison.ts'
import type { Comparison, Goal, Report, Table } from './report.ts'
import { median } from './statistics.ts'

const peerOrder: readonly PeerName[] = ['cloudsync', 'hocuspocus', 'y-websocket']

/** The report as a page: for the terminal and for `results/`. */
export function renderReport(report: Report, command: string, machine: readonly string[]): string {
  const parts = [
    `# ${report.title}`,
    `\`${command}\``,
    bullets([...machine, ...report.method]),
    ...report.comparisons.map(renderComparison),
    ...report.tables.map(renderTable),
    report.goals.length > 0 ? renderGoals(report.goals) : '',
  ]
  return `${parts.filter((part) => part.length > 0).join('\n\n')}\n`
}

function renderComparison(comparison: Comparison): string {
  const { columns, ratios, foreignCores } = comparison
  const peers = peerOrder.filter((peer) => comparison.samples[peer] !== undefined)
  const rows = peers.map((peer) => [
    peerTitles[peer],
    ...columns.map(({ key, digits }) =>
      spread(valuesOf(comparison, peer, key), figureOf(comparison, peer, key), digits),
    ),
  ])
  for (const peer of peers) {
    if (peer === 'cloudsync' || ratios.length === 0) continue
    const cells = columns.map(({ key }) => {
      const ratio = ratios.includes(key) ? ratioTo(comparison, peer, key) : Number.NaN
      return Number.isNaN(ratio) ? '' : `**${formatNumber(ratio, 2)}×**`
    })
    rows.push([`CloudSync : ${peerTitles[peer]}`, ...cells])
  }
  const table = renderTable({
    title: comparison.title,
    header: ['', ...columns.map((column) => column.title)],
    rows,
  })
  const rounds = Math.max(...peers.map((peer) => comparison.samples[peer]?.length ?? 0))
  const foreign =
    foreignCores.length === 0
      ? ''
      : ` Other processes kept ${median(foreignCores).toFixed(2)} cores busy (median; at most ${Math.max(...foreignCores).toFixed(2)}; ${comparison.repeatedRounds} disturbed rounds were measured again).`
  return `${table}\n\nMedian of ${rounds} rounds (least–most).${foreign}`
}

function renderTable({ title, header, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`## ${title}`, '', line(header), line(header.map(() => '---')), ...rows.map(line)].join(
    '\n',
  )
}

function renderGoals(goals: readonly Goal[]): string {
  return renderTable({
    title: 'Goals',
    header: ['goal', 'measured', ''],
    rows: goals.map(({ text, measured, isMet }) => [text, measured, isMet ? 'met' : '**missed**']),
  })
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

function spread(values: readonly number[], middle: number, digits: number): string {
  if (values.length === 0 || Number.isNaN(middle)) return '–'
  const format = (value: number) => formatNumber(value, digits)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least === most ? format(middle) : `${format(middle)} (${format(least)}–${format(most)})`
}

export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/** `median (least–most)`. */
export function formatSpread(values: readonly number[], digits: number): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(
    (value) => formatNumber(value, digits),
  )
  return `${middle} (${least}–${most})`
}
