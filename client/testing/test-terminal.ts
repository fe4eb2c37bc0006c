import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface TerminalOptions {
  readonly words: readonly string[]
  readonly columns: number
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** A program at a real terminal, by `script` of util-linux. */
export class TestTerminal implements AsyncDisposable {
  /** All that was shown, with what moves the cursor and colours. */
  output = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', (data: Buffer) => (this.output += data.toString()))
    this.#ended = once(child, 'close').then(([code]) => code as number | null)
  }

  static open({ words, columns, cwd, environment }: TerminalOptions): TestTerminal {
    const command = `stty cols ${columns} rows 40; exec ${words.map(quoted).join(' ')}`
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd,
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return new TestTerminal(child)
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Resolves to its exit code. */
  get ended(): Promise<number | null> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM')
    await this.#ended
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
