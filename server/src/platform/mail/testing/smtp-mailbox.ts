import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { callbackify } from 'node:util'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and body as they came. */
  readonly raw: string
}

export interface SmtpMailboxOptions {
  readonly port?: number
  /** Recipients that it refuses for good. */
  readonly refuses?: (address: string) => boolean
}

/** What it says instead of taking a mail. */
export interface SmtpFailure {
  readonly to: 'greeting' | 'sender' | 'recipient' | 'mail'
  readonly code: number
}

/** A real SMTP server that keeps what it is sent. */
export class SmtpMailbox implements AsyncDisposable {
  readonly mails: ReceivedMail[] = []
  /** From now on. */
  failure: SmtpFailure | undefined
  /** Waited for after a mail was kept, and before that is said. */
  beforeAnswer: () => Promise<unknown> = () => Promise.resolve()
  readonly port: number
  readonly #server: SMTPServer
  readonly #waiting: (() => void)[] = []

  private constructor(server: SMTPServer, port: number) {
    this.#server = server
    this.port = port
  }

  static async open({ port = 0, refuses }: SmtpMailboxOptions = {}): Promise<SmtpMailbox> {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onConnect: (_session, done) => done(mailbox.#failureTo('greeting')),
      onMailFrom: (_address, _session, done) => done(mailbox.#failureTo('sender')),
      onRcptTo: ({ address }, _session, done) => {
        if (refuses?.(address) !== true) return done(mailbox.#failureTo('recipient'))
        return done(Object.assign(new Error('no such user here'), { responseCode: 550 }))
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const failure = mailbox.#failureTo('mail')
          if (failure) return done(failure)
          const { mailFrom, rcptTo } = session.envelope
          mailbox.#receive({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
          })
          return callbackify(() => mailbox.beforeAnswer())(() => done())
        })
      },
    })
    const listening = server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    const mailbox = new SmtpMailbox(server, (listening.address() as { port: number }).port)
    return mailbox
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** Resolves when it has so many mails. */
  async received(count: number): Promise<readonly ReceivedMail[]> {
    while (this.mails.length < count)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    return this.mails
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #failureTo(step: SmtpFailure['to']): Error | undefined {
    const { failure } = this
    if (failure?.to !== step) return undefined
    return Object.assign(new Error('not now'), { responseCode: failure.code })
  }

  #receive(mail: ReceivedMail): void {
    this.mails.push(mail)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Takes connections and never says a word. */
export class SilentServer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Socket[]

  private constructor(server: Server, sockets: Socket[]) {
    this.#server = server
    this.#sockets = sockets
    this.port = (server.address() as { port: number }).port
  }

  static async open(): Promise<SilentServer> {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new SilentServer(server, sockets)
  }

  get connections(): number {
    return this.#sockets.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
