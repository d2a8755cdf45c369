// Where others are: a thin line with their name, and their selection.
import { Decoration, EditorView, StateEffect, StateField, WidgetType } from './vendor/codemirror.js';
import { hue } from './ui.js';

export const setCarets = StateEffect.define();

class Caret extends WidgetType {
  constructor(name, colour) {
    super();
    this.name = name;
    this.colour = colour;
  }

  eq(other) {
    return other.name === this.name && other.colour === this.colour;
  }

  toDOM() {
    const caret = document.createElement('span');
    caret.className = 'cm-remote-caret';
    caret.setAttribute('aria-hidden', 'true');
    caret.style.setProperty('--who', this.colour);
    caret.dataset.name = this.name; // shown by the style: text in here would be text of the document to whoever copies it
    return caret;
  }

  ignoreEvent() {
    return true;
  }
}

const place = (doc, offset) => Math.max(0, Math.min(doc.length, offset));

function draw(doc, list) {
  const marks = [];
  for (const { name, anchor, head } of list) {
    const colour = `hsl(${hue(name)} 62% 45%)`;
    const from = place(doc, Math.min(anchor, head));
    const to = place(doc, Math.max(anchor, head));
    if (from < to) {
      marks.push(Decoration.mark({ class: `cm-remote-selection` }).range(from, to));
    }
    marks.push(Decoration.widget({ widget: new Caret(name, colour), side: 1 }).range(place(doc, head)));
  }
  return Decoration.set(marks, true);
}

const field = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setCarets)) {
        next = draw(transaction.state.doc, effect.value);
      }
    }
    return next;
  },
  provide: self => EditorView.decorations.from(self),
});

export const carets = [
  field,
  EditorView.baseTheme({
    '.cm-remote-caret': { position: 'relative', borderLeft: '2px solid var(--who)', marginLeft: '-1px', marginRight: '-1px' },
    '.cm-remote-caret::after': {
      content: 'attr(data-name)',
      position: 'absolute', left: '-2px', top: '-1.35em', padding: '0 5px', borderRadius: '4px 4px 4px 0', font: '600 11px/1.4 system-ui, sans-serif',
      whiteSpace: 'nowrap', color: '#fff', backgroundColor: 'var(--who)', pointerEvents: 'none', zIndex: '5',
    },
    '.cm-remote-selection': { backgroundColor: 'var(--selection)' },
  }),
];
