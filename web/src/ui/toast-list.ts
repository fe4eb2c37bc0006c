/** Short messages at the foot of the page, the newest last. */
export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'neutral' | 'error'
  readonly action: { readonly label: string; readonly run: () => void } | undefined
}

export interface ToastOptions {
  readonly tone?: Toast['tone']
  readonly action?: Toast['action']
}

const maxToasts = 3

export class ToastList {
  #toasts: readonly Toast[] = []
  #nextId = 1
  readonly #listeners = new Set<() => void>()

  get toasts(): readonly Toast[] {
    return this.#toasts
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  show(text: string, options: ToastOptions = {}): void {
    const toast: Toast = {
      id: this.#nextId++,
      text,
      tone: options.tone ?? 'neutral',
      action: options.action,
    }
    this.#set([...this.#toasts, toast].slice(-maxToasts))
  }

  dismiss(id: number): void {
    this.#set(this.#toasts.filter((toast) => toast.id !== id))
  }

  /** Does what a toast offers, once. */
  runAction(id: number): void {
    const toast = this.#toasts.find((candidate) => candidate.id === id)
    this.dismiss(id)
    toast?.action?.run()
  }

  /** Does what the newest toast with an offer does. `false` when none is in sight. */
  runNewestAction(): boolean {
    const toast = this.#toasts.findLast(({ action }) => action !== undefined)
    if (toast) this.runAction(toast.id)
    return toast !== undefined
  }

  #set(toasts: readonly Toast[]): void {
    this.#toasts = toasts
    for (const listener of this.#listeners) listener()
  }
}

/** The page has one. */
export const toasts = new ToastList()
