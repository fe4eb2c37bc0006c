import { Annotation, EditorSelection, type Extension } from '@codemirror/state'
import {
  EditorView,
  layer,
  RectangleMarker,
  ViewPlugin,
  type LayerMarker,
  type ViewUpdate,
} from '@codemirror/view'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { readCursors, type RemoteCursor } from '../live/people.ts'
import { CaretMarker, placeLabel } from './caret-marker.ts'

/**
 * The cursors and selections of others, drawn in layers over and under the text. They are no part of
 * the text's own DOM: carets that are would stand in the way of arrow keys on empty lines.
 *
 * A name is shown for three seconds after its cursor has moved, and while the pointer is on it.
 */
export function remoteCursors(text: Y.Text, awareness: Awareness): Extension {
  const tracker = cursorTracker(text, awareness)
  const needsDrawing = (update: ViewUpdate) =>
    update.docChanged ||
    update.viewportChanged ||
    update.transactions.some((transaction) => transaction.annotation(cursorsChanged) === true)
  return [
    tracker,
    layer({
      above: false,
      class: 'cm-remoteSelections',
      update: needsDrawing,
      markers: (view) =>
        (view.plugin(tracker)?.cursors ?? []).flatMap((cursor) => selectionMarkers(view, cursor)),
    }),
    layer({
      above: true,
      class: 'cm-remoteCarets',
      update: needsDrawing,
      markers: (view) => {
        const tracked = view.plugin(tracker)
        const margin = new Set<number>()
        return (tracked?.cursors ?? []).flatMap((cursor) =>
          caretMarkers(view, cursor, tracked?.isNamed(cursor.clientId) === true, margin),
        )
      },
    }),
    theme,
  ]
}

const cursorsChanged = Annotation.define<boolean>()

const namedForMs = 3_000
const hoverDistance = 6

/** Knows where everybody is, and whose name is to be seen. */
function cursorTracker(text: Y.Text, awareness: Awareness) {
  return ViewPlugin.fromClass(
    class {
      cursors: readonly RemoteCursor[] = []
      readonly #view: EditorView
      readonly #movedAt = new Map<number, number>()
      #hovered: number | undefined
      #timer: ReturnType<typeof setTimeout> | undefined
      #frame: number | undefined

      constructor(view: EditorView) {
        this.#view = view
        awareness.on('change', this.#onChange)
        view.dom.addEventListener('pointermove', this.#onPointerMove)
        this.#read()
        this.#scheduleFade()
      }

      update({ docChanged }: ViewUpdate) {
        if (docChanged) this.cursors = readCursors(awareness, text)
      }

      destroy() {
        awareness.off('change', this.#onChange)
        this.#view.dom.removeEventListener('pointermove', this.#onPointerMove)
        clearTimeout(this.#timer)
        if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
      }

      isNamed(clientId: number): boolean {
        const movedAt = this.#movedAt.get(clientId) ?? -Infinity
        return clientId === this.#hovered || performance.now() - movedAt < namedForMs
      }

      /** Several people's changes in one frame are drawn once. */
      #onChange = () => {
        this.#frame ??= requestAnimationFrame(() => {
          this.#frame = undefined
          this.#read()
          this.#redraw()
          this.#scheduleFade()
        })
      }

      #read() {
        const before = new Map(this.cursors.map((cursor) => [cursor.clientId, cursor]))
        this.cursors = readCursors(awareness, text)
        const now = performance.now()
        for (const { clientId, anchor, head } of this.cursors) {
          const old = before.get(clientId)
          if (old?.anchor !== anchor || old.head !== head) this.#movedAt.set(clientId, now)
        }
      }

      #scheduleFade() {
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => this.#redraw(), namedForMs + 50)
      }

      #redraw() {
        this.#view.dispatch({ annotations: cursorsChanged.of(true) })
      }

      #onPointerMove = ({ clientX, clientY }: PointerEvent) => {
        const hovered = this.cursors.find(({ head }) => {
          const at = this.#view.coordsAtPos(head)
          return (
            at !== null &&
            Math.abs(at.left - clientX) <= hoverDistance &&
            clientY >= at.top &&
            clientY <= at.bottom
          )
        })?.clientId
        if (hovered === this.#hovered) return
        this.#hovered = hovered
        this.#redraw()
      }
    },
  )
}

function selectionMarkers(view: EditorView, { anchor, head, user }: RemoteCursor): LayerMarker[] {
  if (anchor === head) return []
  const range = EditorSelection.range(clamp(view, anchor), clamp(view, head))
  return RectangleMarker.forRange(view, 'cm-remoteSelection', range).map(
    (rectangle) => new ColoredRectangle(rectangle, user.color),
  )
}

/** `margin` holds the lines whose margin has a name already. */
function caretMarkers(
  view: EditorView,
  { head, user }: RemoteCursor,
  isNamed: boolean,
  margin: Set<number>,
): LayerMarker[] {
  const position = clamp(view, head)
  const [caret] = RectangleMarker.forRange(view, '', EditorSelection.cursor(position, -1))
  if (!caret) return []
  const label = placeLabel(view, position, isNamed && !margin.has(caret.top))
  if (label.at === 'margin') margin.add(caret.top)
  return [
    new CaretMarker({
      left: caret.left,
      top: caret.top,
      height: caret.height,
      name: user.name,
      color: user.color,
      isNamed,
      label,
    }),
  ]
}

function clamp(view: EditorView, position: number): number {
  return Math.min(position, view.state.doc.length)
}

class ColoredRectangle implements LayerMarker {
  readonly #rectangle: RectangleMarker
  readonly #color: string

  constructor(rectangle: RectangleMarker, color: string) {
    this.#rectangle = rectangle
    this.#color = color
  }

  draw(): HTMLElement {
    const element = this.#rectangle.draw()
    element.style.backgroundColor = this.#color
    return element
  }

  eq(other: LayerMarker): boolean {
    return (
      other instanceof ColoredRectangle &&
      other.#color === this.#color &&
      other.#rectangle.eq(this.#rectangle)
    )
  }
}

const theme = EditorView.baseTheme({
  '.cm-remoteSelection': { opacity: '0.22' },
  '.cm-remoteCarets': { pointerEvents: 'none' },
  '.cm-remoteCaret': { width: '2px', marginLeft: '-1px', borderRadius: '1px' },
  '.cm-remoteLabel': {
    position: 'absolute',
    maxWidth: '160px',
    padding: '0 5px',
    overflow: 'hidden',
    borderRadius: '4px',
    color: '#fff',
    fontFamily: 'var(--font-ui)',
    fontSize: '11px',
    fontWeight: '600',
    lineHeight: '16px',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    opacity: '0',
    transition: 'opacity 160ms',
  },
  '.cm-remoteCaret[data-named] .cm-remoteLabel': { opacity: '1' },
  '.cm-remoteLabel[data-place=above]': { bottom: '100%', left: '0' },
  '.cm-remoteLabel[data-place=below]': { top: '100%', left: '0' },
  '.cm-remoteLabel[data-place=after]': { top: '50%', left: '6px', transform: 'translateY(-50%)' },
  '.cm-remoteLabel[data-place=margin]': { top: '50%', transform: 'translateY(-50%)' },
})
