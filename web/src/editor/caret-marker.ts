import type { EditorView, LayerMarker } from '@codemirror/view'

/**
 * Where a name stands, so that it covers no words if that can be had: after the end of the line, else
 * in the margin beside the text. Where there is no margin it stands over the caret for its three
 * seconds, and under it in the first line.
 */
export type LabelPlace =
  | { readonly at: 'after' | 'above' | 'below' }
  /** `offset` is in pixels from the caret. */
  | { readonly at: 'margin'; readonly offset: number }

const labelRoom = 96

export function placeLabel(view: EditorView, position: number, hasMargin: boolean): LabelPlace {
  const line = view.state.doc.lineAt(position)
  const content = view.contentDOM.getBoundingClientRect()
  const scroller = view.scrollDOM.getBoundingClientRect()
  const caretX = view.coordsAtPos(position, -1)?.left ?? content.left
  const visibleRight = scroller.left + view.scrollDOM.clientWidth
  if (position === line.to && visibleRight - caretX > labelRoom) return { at: 'after' }
  if (hasMargin && visibleRight - content.right > labelRoom) {
    return { at: 'margin', offset: content.right - caretX + 8 }
  }
  return { at: line.number === 1 ? 'below' : 'above' }
}

export interface Caret {
  readonly left: number
  readonly top: number
  readonly height: number
  readonly name: string
  readonly color: string
  readonly isNamed: boolean
  readonly label: LabelPlace
}

/** One person's caret with the name on it. Hidden from screen readers: "People here" lists them. */
export class CaretMarker implements LayerMarker {
  readonly #caret: Caret

  constructor(caret: Caret) {
    this.#caret = caret
  }

  draw(): HTMLElement {
    const element = document.createElement('div')
    element.className = 'cm-remoteCaret'
    element.ariaHidden = 'true'
    const label = document.createElement('div')
    label.className = 'cm-remoteLabel'
    element.append(label)
    this.#apply(element)
    return element
  }

  update(element: HTMLElement): boolean {
    this.#apply(element)
    return true
  }

  eq(other: LayerMarker): boolean {
    return (
      other instanceof CaretMarker && JSON.stringify(other.#caret) === JSON.stringify(this.#caret)
    )
  }

  #apply(element: HTMLElement): void {
    const { left, top, height, name, color, isNamed, label } = this.#caret
    element.style.left = `${left}px`
    element.style.top = `${top}px`
    element.style.height = `${height}px`
    element.style.backgroundColor = color
    element.toggleAttribute('data-named', isNamed)
    const tag = element.firstElementChild as HTMLElement
    tag.textContent = name
    tag.style.backgroundColor = color
    tag.dataset['place'] = label.at
    tag.style.left = label.at === 'margin' ? `${label.offset}px` : ''
  }
}
