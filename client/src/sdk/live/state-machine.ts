/** What each state makes of each event: a table without holes, which the compiler checks. */
export type Transitions<
  State extends { readonly kind: string },
  Event extends { readonly type: string },
> = {
  readonly [S in State['kind']]: {
    readonly [E in Event['type']]: (
      state: Extract<State, { kind: S }>,
      event: Extract<Event, { type: E }>,
    ) => State
  }
}

/** The state after an event. */
export function updateBy<
  State extends { readonly kind: string },
  Event extends { readonly type: string },
>(transitions: Transitions<State, Event>, state: State, event: Event): State {
  const { kind }: { kind: State['kind'] } = state
  const { type }: { type: Event['type'] } = event
  const transition = transitions[kind][type] as (state: State, event: Event) => State
  return transition(state, event)
}
