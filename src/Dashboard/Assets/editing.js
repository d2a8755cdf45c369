// A CodeMirror editor bound to a document of a node. Lives in a shadow root: there CodeMirror's styles are style sheet objects, which the content
// security policy allows, where a <style> element would need an exception.
import { Annotation, EditorState, EditorView, StateEffect, StateField, Transaction, defaultKeymap, drawSelection, highlightActiveLine, history, historyKeymap, keymap, lineNumbers, placeholder } from './vendor/codemirror.js';
import { socket } from './api.js';
import { Collab } from './collab.js';
import { carets, setCarets } from './carets.js';
import { h } from './ui.js';

const remote = Annotation.define();
const retryMs = 1000;

const setWrite = StateEffect.define();

/** Whether it may be typed in: the right can be granted while it is open. */
const writable = StateField.define({
  create: () => false,
  update: (may, transaction) => transaction.effects.reduce((value, effect) => effect.is(setWrite) ? effect.value : value, may),
  provide: self => [EditorState.readOnly.from(self, may => !may), EditorView.editable.from(self)],
});

/** Why the node closed a connection, for people. */
const closed = {
  TooLarge: 'The edit is longer than the node takes at once.',
  Malformed: 'The node did not understand the edit.',
  ReadOnly: 'This dashboard only reads.',
};

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '15px', backgroundColor: 'var(--panel)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { padding: '22px 0 40px' }, // room above the first line for the name at a caret
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--faint)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--selection)' },
  '.cm-placeholder': { color: 'var(--faint)' },
});

/**
 * Binds an editor of a document, `{ id, name }`, into `parent`; `status` is told what the connection does, `refused` why something that was typed is not
 * in the text and what it was.
 */
export function bind(parent, { id, name }, { write, status, refused }) {
  const host = h('div', { class: 'editor-host' });
  parent.append(host);
  const root = host.attachShadow({ mode: 'open' });
  let connection = null;
  let stopped = false;
  let retry;

  const collab = new Collab(
    message => connection?.readyState === WebSocket.OPEN && connection.send(JSON.stringify(message)),
    changes => view.dispatch({ changes, annotations: [remote.of(true), Transaction.addToHistory.of(false)] }));

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: '',
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), EditorView.lineWrapping, theme, carets,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        placeholder(write ? 'Nothing is written here yet. Type.' : 'Nothing is written here yet.'),
        writable.init(() => write),
        EditorView.contentAttributes.of({ 'aria-label': `Text of ${name}`, tabindex: '0' }),
        EditorView.updateListener.of(update => {
          if (update.docChanged && !update.transactions.some(t => t.annotation(remote))) {
            collab.type(update.changes);
            tell('saving');
          }
          if (update.selectionSet || update.docChanged) {
            tellCaret();
          }
        }),
      ],
    }),
  });

  function tell(state) {
    status?.({ state, length: view.state.doc.length, lines: view.state.doc.lines });
  }

  function allow(may) {
    if (may !== view.state.field(writable)) {
      view.dispatch({ effects: setWrite.of(may) });
    }
  }

  let caretTimer = null;
  let caretMoved = false;
  function tellCaret() {
    caretMoved = true;
    if (view.state.field(writable) && caretTimer === null) {
      caretTimer = setTimeout(sayCaret, 50); // a caret is news only when it rests
    }
  }

  /** Only a place of the node's own text can be said: while something typed is on its way, the caret waits for the word that it is in. */
  function sayCaret() {
    caretTimer = null;
    if (caretMoved && collab.settled && collab.version !== null && connection?.readyState === WebSocket.OPEN) {
      caretMoved = false;
      const { anchor, head } = view.state.selection.main;
      connection.send(JSON.stringify({ t: 'caret', v: collab.version, a: anchor, h: head }));
    }
  }

  function connect() {
    connection = socket(`api/edit?doc=${id}`);
    connection.onmessage = event => {
      const message = JSON.parse(event.data);
      if (message.t === 'carets') {
        view.dispatch({ effects: setCarets.of(message.list) });
        return;
      }
      if (message.t === 'refused') {
        refused(message.code ? `${message.why} (${message.code})` : message.why, collab.refuse(message.n));
        tell(collab.settled ? 'saved' : 'saving');
        return;
      }
      try {
        if (message.t === 'hello') {
          allow(message.write);
          if (!message.write && !collab.settled) {
            refused('It may not be written here any more.', collab.giveUp());
          }
        }
        collab.receive(message);
      } catch (error) {
        console.warn('the editor starts anew', error);
        refused('The editor lost its place and starts anew.', collab.reset(view.state.doc));
        connection.close();
        return;
      }
      tell(collab.settled ? 'saved' : 'saving');
      if (caretMoved) {
        tellCaret();
      }
    };
    connection.onclose = event => {
      collab.lost();
      if (!stopped) {
        if (event.reason in closed) {
          refused(closed[event.reason], collab.giveUp()); // sent again it would be refused again
        }
        tell('reconnecting');
        retry = setTimeout(connect, retryMs);
      }
    };
  }

  connect();
  return {
    view,
    text: () => view.state.doc.toString(),
    allow,
    focus: () => view.focus(),
    destroy() {
      stopped = true;
      clearTimeout(retry);
      clearTimeout(caretTimer);
      if (connection.readyState === WebSocket.CONNECTING) {
        const late = connection;
        late.onopen = () => late.close(); // closed before it is open, it would be a warning in the console
      } else {
        connection.close();
      }
      view.destroy();
    },
  };
}
