// What the dashboard uses of CodeMirror 6, and nothing more. `build.sh` makes one file of it.
export { Annotation, ChangeSet, EditorSelection, EditorState, StateEffect, StateField, Text, Transaction } from '@codemirror/state';
export { Decoration, EditorView, WidgetType, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
export { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
