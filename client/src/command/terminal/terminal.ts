import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'
import type { ReadStream, WriteStream } from 'node:tty'
import { CommandError } from '../command-error.ts'
import { fitLine } from './columns.ts'
import { createStyle, wantsColor, type Style } from './style.ts'

/** Who is at the other end of a command. */
export interface Terminal {
  /** Somebody reads along, and lines that were written may be written anew. */
  readonly isInteractive: boolean
  /** Somebody is there to answer. */
  readonly canAsk: boolean
  readonly columns: number
  readonly style: Style
  print(line: string): void
  /** What is no result: to stderr. */
  note(line: string): void
  /** Writes lines in place of those of the last time. */
  redraw(lines: readonly string[]): void
  ask(question: string): Promise<string>
  /** Nothing of the answer is shown. */
  askSecret(question: string): Promise<string>
  /** All that comes on stdin. */
  readInput(): Promise<string>
}

export interface TerminalStreams {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
}

export function openTerminal(
  { stdin, stdout, stderr }: TerminalStreams,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const canAsk = stdin.isTTY && stderr.isTTY
  let drawn = 0
  const ask = async (question: string, isSecret: boolean) => {
    if (!canAsk) throw new CommandError('There is nobody to ask: this is no terminal')
    // To stderr, so that the question is seen where the result is piped on.
    const output = isSecret ? silenced(stderr) : stderr
    const lines = createInterface({ input: stdin, output, terminal: true })
    try {
      if (isSecret) stderr.write(question)
      return await lines.question(isSecret ? '' : question)
    } finally {
      lines.close()
      if (isSecret) stderr.write('\n')
    }
  }
  return {
    isInteractive: stdout.isTTY && env['TERM'] !== 'dumb',
    canAsk,
    get columns() {
      return stdout.columns || 100
    },
    style: createStyle(wantsColor(env, stdout.isTTY)),
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    redraw(lines) {
      const back = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`
      // A line that goes on in the next row, or one above the first, could not be written anew.
      const shown = lines
        .slice(0, Math.max(1, (stdout.rows || 24) - 1))
        .map((line) => fitLine(line, stdout.columns || 80))
      drawn = shown.length
      stdout.write(back + shown.map((line) => `${line}\n`).join(''))
    },
    ask: (question) => ask(question, false),
    askSecret: (question) => ask(question, true),
    readInput: () => readAll(stdin),
  }
}

/** The terminal, which readline may ask how wide it is and cannot write to. */
function silenced(stream: WriteStream): NodeJS.WritableStream {
  const silent: WriteStream = Object.create(stream) as WriteStream
  silent.write = () => true
  return silent
}
