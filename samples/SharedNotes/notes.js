// A textarea kept equal to a document. `base` is the text as the node last told it, `sent` the one edit that is on its way; what the textarea shows
// is base, sent, and what was typed since. The node says what became of an edit, and that counts.
const area = document.getElementById('text');
const state = document.getElementById('state');
const offline = document.getElementById('offline');
const socket = new WebSocket(`ws://${location.host}/write`);
let base = '';
let version = null;
let sent = null;
let name = '';

const apply = (text, { from, to, text: inserted }) => text.slice(0, from) + inserted + text.slice(to);

/** The smallest single edit from one text to another; null when they are equal. */
function difference(before, after) {
  if (before === after) {
    return null;
  }
  const max = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < max && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  while (suffix < max - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;
  if (/[\ud800-\udbff]/.test(before[prefix - 1] ?? '')) prefix--; // half a character is no text
  if (suffix > 0 && /[\udc00-\udfff]/.test(before.at(-suffix))) suffix--;
  return { from: prefix, to: before.length - suffix, text: after.slice(prefix, after.length - suffix) };
}

/** Where a place is after an edit elsewhere. */
const carried = (place, edit) => place <= edit.from ? place : place >= edit.to ? place + edit.text.length - (edit.to - edit.from) : edit.from + edit.text.length;

const carry = (edit, over) => edit && over ? { ...edit, from: carried(edit.from, over), to: Math.max(carried(edit.from, over), carried(edit.to, over)) } : edit;

function flush() {
  const edit = difference(base, area.value);
  if (!sent && edit && version !== null) {
    sent = edit;
    socket.send(JSON.stringify({ version, ...edit }));
  }
  state.textContent = `${name} · ${sent ? 'saving' : 'saved'} · ${area.value.length} characters`;
}

function hear(step) {
  const expected = sent ? apply(base, sent) : base;
  const typed = difference(expected, area.value);
  base = apply(base, step);
  sent = step.own ? null : carry(sent, step);
  const now = sent ? apply(base, sent) : base;
  const shown = typed ? apply(now, carry(typed, difference(expected, now))) : now;
  const moved = difference(area.value, shown);
  if (moved) {
    const { selectionStart, selectionEnd } = area;
    area.value = shown;
    area.setSelectionRange(carried(selectionStart, moved), carried(selectionEnd, moved));
  }
}

socket.onmessage = event => {
  const message = JSON.parse(event.data);
  if (message.text !== undefined) {
    base = message.text;
    name = message.name;
    area.value = base;
    area.disabled = false;
  }
  message.steps.forEach(hear);
  version = message.version;
  flush();
};
socket.onclose = () => {
  area.disabled = true;
  state.textContent = 'the node is gone; reload when it is back';
};
area.addEventListener('input', flush);
offline.addEventListener('change', () => socket.send(JSON.stringify({ offline: offline.checked })));
